import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openapiDocument } from '../src/http/openapi-document.ts';

/**
 * Fetched at run time, and without install scripts: as a dependency it would bring 240 packages that nothing here runs,
 * and one of them reports each installation to its maker.
 */
const spectral = '@stoplight/spectral-cli@6.16.3';

// Checks the served document with Spectral's rules for OpenAPI; a warning fails too.
const folder = mkdtempSync(join(tmpdir(), 'crm-api-openapi-'));
try {
  const served = { ...openapiDocument, servers: [{ url: 'https://crm.acme-dental.example' }] };
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(served, null, 2));
  writeFileSync(join(folder, 'rules.json'), JSON.stringify({ extends: ['spectral:oas'] }));
  const lint = ['spectral', 'lint', 'openapi.json', '--ruleset', 'rules.json'];
  const { status } = spawnSync(
    'npm',
    ['exec', '--yes', '--ignore-scripts', `--package=${spectral}`, '--', ...lint, '-F', 'warn'],
    { cwd: folder, stdio: 'inherit' },
  );
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
