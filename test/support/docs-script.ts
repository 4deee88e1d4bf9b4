import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../dev/machine/run-command.ts';
import { docsScript } from '../../src/http/docs.ts';

/**
 * The script of GET /docs from npm, which is also what the CDN serves. Fetched separately: as a dependency it would
 * bring more than a hundred packages that nothing here runs.
 */
export const fetchDocsScript = async (): Promise<Buffer> => {
  const folder = await mkdtemp(join(tmpdir(), 'crm-api-docs-'));
  const run = async (command: string, args: readonly string[]) => {
    const { exitCode, stderr } = await runCommand(command, args, {
      cwd: folder,
      env: process.env,
      timeoutMs: 100_000,
    });
    if (exitCode !== 0) throw new Error(`${command} exited with ${exitCode}: ${stderr}`);
  };
  try {
    await run('npm', ['pack', `@scalar/api-reference@${docsScript.version}`, '--silent']);
    const path = 'package/dist/browser/standalone.js';
    await run('tar', ['xzf', `scalar-api-reference-${docsScript.version}.tgz`, path]);
    return await readFile(join(folder, path));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
