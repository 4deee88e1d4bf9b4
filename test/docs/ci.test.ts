import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectFolder, runCommand } from '../../dev/machine/run-command.ts';
import { summarize } from '../../scripts/ci-summary.ts';
import { commandsOf, readDocument } from './markdown.ts';

type Outcome = 'passed' | 'failed' | 'pending' | 'todo';
type File = { readonly broken?: boolean; readonly tests: readonly Outcome[] };

/** A report of vitest's JSON reporter, with the fields that are read. */
const report = (files: readonly File[]): string => {
  const all = files.flatMap(({ tests }) => tests);
  const count = (outcome: Outcome) => all.filter((each) => each === outcome).length;
  return JSON.stringify({
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('pending'),
    numTodoTests: count('todo'),
    testResults: files.map(({ broken = false, tests }) => ({
      status: broken || tests.includes('failed') ? 'failed' : 'passed',
      assertionResults: tests.map((status) => ({ status })),
    })),
  });
};

describe('.ci/run', () => {
  it('runs the commands of the README, as they stand there', async () => {
    const steps = [...(await readDocument('.ci/run')).matchAll(/^(?:test_)?step .*'(.+)'$/gm)];
    const run = steps.map(([, command]) => command);
    const documented = commandsOf(await readDocument('README.md'));
    const tests = documented.filter((command) =>
      /^npm (ci|test)|^npm run (check|test)/.test(command),
    );
    expect(tests).toEqual(['npm ci && npm run demo', 'npm ci && npm test']);
    expect(run).toEqual(expect.arrayContaining(tests));
    expect(run).toEqual(
      expect.arrayContaining([
        'npm run check',
        'npm run lint:openapi',
        'npm run test:postgres',
        'npm run test:hosts',
        'npm run test:faults',
        'npm run test:browser',
        'npm run faults -- --matrix',
        'npm run faults -- --sends 500',
        'npm run bench -- --quick',
      ]),
    );
  });
});

describe('the workflow', () => {
  const workflow = readDocument('.github/workflows/ci.yml');

  it('uses only actions that are pinned to a commit, and names the version of each', async () => {
    const uses = [...(await workflow).matchAll(/\buses:(.*)$/gm)].map(([, action = '']) => action);
    expect(uses.length).toBeGreaterThan(0);
    for (const action of uses)
      expect(action).toMatch(/^ [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('may read the code, and nothing else', async () => {
    const text = await workflow;
    const granted = /^permissions:\n((?: {2}.*\n)+)/m.exec(text)?.[1];
    expect(granted).toBe('  contents: read\n');
    expect(text.match(/permissions:/g)).toHaveLength(1);
    expect(text).toContain('persist-credentials: false');
  });
});

describe('the numbers of a run', () => {
  it('are those of vitest', () => {
    const files: File[] = [
      { tests: ['passed', 'passed', 'failed'] },
      { tests: ['pending', 'todo'] },
    ];
    expect(summarize(report(files))).toEqual({ passed: 2, failed: 1, skipped: 2 });
  });

  it('count a file that does not load as a failure', () => {
    const files: File[] = [{ tests: ['passed'] }, { broken: true, tests: [] }];
    expect(summarize(report(files))).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });
});

describe('the closing line', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crm-api-ci-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const close = async (reports: readonly (string | null)[]) => {
    const files = reports.map((_, index) => join(folder, `${crypto.randomUUID()}-${index}.json`));
    for (const [index, text] of reports.entries()) {
      if (text !== null) await writeFile(files[index] ?? '', text);
    }
    return runCommand(process.execPath, [join(projectFolder, 'scripts/ci-summary.ts'), ...files]);
  };

  it.each([
    [
      'all passed',
      [report([{ tests: ['passed'] }]), report([{ tests: ['passed'] }])],
      '2 passed, 0 failed',
      0,
    ],
    [
      'some were skipped',
      [report([{ tests: ['passed', 'pending'] }])],
      '1 passed, 0 failed, 1 skipped',
      0,
    ],
    ['one failed', [report([{ tests: ['passed', 'failed'] }])], '1 passed, 1 failed', 1],
    ['none ran', [report([])], '0 passed, 0 failed', 1],
    ['a run left no numbers', [report([{ tests: ['passed'] }]), null], '1 passed, 1 failed', 1],
  ] as const)('sums up when %s', async (_, reports, line, exitCode) => {
    expect(await close(reports)).toEqual({ stdout: `${line}\n`, stderr: '', exitCode });
  });
});
