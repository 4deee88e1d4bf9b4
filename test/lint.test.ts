import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandPath, projectFolder, runCommand } from '../dev/machine/run-command.ts';

const imports = 'lint/style/noRestrictedImports';
const globals = 'lint/style/noRestrictedGlobals';
const from = (path: string) => `import { x } from '${path}';\n\nexport const y = x;\n`;

type Case = { readonly where: string; readonly code: string; readonly rule: string };

const violations: Record<string, Case> = {
  'the core importing HTTP': { where: 'src/core', code: from('../http/x.ts'), rule: imports },
  'the core importing a provider': { where: 'src/core', code: from('../ai/x.ts'), rule: imports },
  'the core importing the store': { where: 'src/core', code: from('../store/x.ts'), rule: imports },
  'the core importing one of its rooms': {
    where: 'src/core',
    code: from('./send/x.ts'),
    rule: imports,
  },
  'the core importing what is beside it': {
    where: 'src/core',
    code: from('../config.ts'),
    rule: imports,
  },
  'a room importing HTTP': {
    where: 'src/core/send',
    code: from('../../http/x.ts'),
    rule: imports,
  },
  'a room importing the store': {
    where: 'src/core/receive',
    code: from('../../store/x.ts'),
    rule: imports,
  },
  'a room importing what is beside the core': {
    where: 'src/core/jobs',
    code: from('../../config.ts'),
    rule: imports,
  },
  'sending importing jobs': {
    where: 'src/core/send',
    code: from('../jobs/x.ts'),
    rule: imports,
  },
  'sending importing what receives': {
    where: 'src/core/send',
    code: from('../receive/x.ts'),
    rule: imports,
  },
  'jobs importing what receives': {
    where: 'src/core/jobs',
    code: from('../receive/x.ts'),
    rule: imports,
  },
  'the core importing Hono': { where: 'src/core', code: from('hono'), rule: imports },
  'a type import against the flow': {
    where: 'src/core',
    code: "export type { X } from '../http/x.ts';\n",
    rule: imports,
  },
  'a dynamic import against the flow': {
    where: 'src/core',
    code: "export const x = await import('../store/x.ts');\n",
    rule: imports,
  },
  'a way around by another spelling of the path': {
    where: 'src/core',
    code: from('./../http/x.ts'),
    rule: imports,
  },
  'HTTP importing a provider': { where: 'src/http', code: from('../channels/x.ts'), rule: imports },
  'HTTP importing Supabase': {
    where: 'src/http',
    code: from('@supabase/supabase-js'),
    rule: imports,
  },
  'a provider importing the core': {
    where: 'src/channels',
    code: from('../core/x.ts'),
    rule: imports,
  },
  'a provider importing Supabase': {
    where: 'src/ai',
    code: from('@supabase/supabase-js'),
    rule: imports,
  },
  'the store importing Hono': { where: 'src/store', code: from('hono'), rule: imports },
  'a port importing the core': { where: 'src/ports', code: from('../core/x.ts'), rule: imports },
  'lib importing the core': { where: 'src/lib', code: from('../core/x.ts'), rule: imports },
  'src importing the local stack': {
    where: 'src/lib',
    code: from('../../dev/x.ts'),
    rule: imports,
  },
  'the command-line tool importing the local stack': {
    where: 'scripts/crm/doctor',
    code: from('../../../dev/x.ts'),
    rule: imports,
  },
  'the command-line tool importing a test': {
    where: 'scripts/crm',
    code: from('../../test/x.ts'),
    rule: imports,
  },
  'a script importing a test': { where: 'scripts', code: from('../test/x.ts'), rule: imports },
  'the local stack importing a test': {
    where: 'dev/faults',
    code: from('../../test/support/x.ts'),
    rule: imports,
  },
  'a type import of a test': {
    where: 'dev',
    code: "export type { X } from '../test/x.ts';\n",
    rule: imports,
  },
  'a benchmark importing a test': { where: 'bench', code: from('../test/x.ts'), rule: imports },
  'the client importing the function': {
    where: 'client',
    code: from('../src/x.ts'),
    rule: imports,
  },
  'src importing a Node module': { where: 'src/lib', code: from('node:fs'), rule: imports },
  'a host importing the core': {
    where: 'functions',
    code: from('../src/core/x.ts'),
    rule: imports,
  },
  'src reading process': {
    where: 'src/http',
    code: 'export const x = process.env;\n',
    rule: globals,
  },
  'src reading Deno': { where: 'src/store', code: 'export const x = Deno.env;\n', rule: globals },
  'src reading Buffer': {
    where: 'src/lib',
    code: "export const x = Buffer.from('');\n",
    rule: globals,
  },
  'src reading a runtime through globalThis': {
    where: 'src/lib',
    code: 'export const x = globalThis.process;\n',
    rule: globals,
  },
  'src calling the global fetch': {
    where: 'src/core',
    code: "export const x = () => fetch('https://example.com');\n",
    rule: globals,
  },
  'src reading the global clock': {
    where: 'src/core',
    code: 'export const x = () => Date.now();\n',
    rule: 'plugin',
  },
  'src making a date of now': {
    where: 'src/core',
    code: 'export const x = () => new Date();\n',
    rule: 'plugin',
  },
  'src writing to the console': {
    where: 'src/core',
    code: "console.log('x');\n",
    rule: 'lint/suspicious/noConsole',
  },
  'a type assertion': {
    where: 'test',
    code: 'export const x = (y: unknown) => y as string;\n',
    rule: 'plugin',
  },
  any: {
    where: 'test',
    code: 'export const x = (y: any) => y;\n',
    rule: 'lint/suspicious/noExplicitAny',
  },
  'a function that is no arrow': {
    where: 'dev',
    code: 'export function x() {\n  return 1;\n}\n',
    rule: 'lint/nursery/useConsistentFunctionStyle',
  },
  'a non-null assertion': {
    where: 'dev',
    code: 'export const x = (y: string | null) => y!.length;\n',
    rule: 'lint/style/noNonNullAssertion',
  },
  'an enum': { where: 'dev', code: 'export enum X {\n  A = 1,\n}\n', rule: 'lint/style/noEnum' },
  'a default export': {
    where: 'src/core',
    code: 'export default 1;\n',
    rule: 'lint/style/noDefaultExport',
  },
  'a barrel file': {
    where: 'src/ai',
    code: "export { x } from './x.ts';\n",
    rule: 'lint/performance/noBarrelFile',
  },
  'a relative import without its extension': {
    where: 'test',
    code: from('./clean'),
    rule: 'lint/correctness/useImportExtensions',
  },
};

const clean: Record<string, string> = {
  'src/core/clean.ts': from('../ports/x.ts'),
  'src/core/root.ts': from('./clean.ts'),
  'src/core/send/clean.ts': from('../clean.ts'),
  'src/core/send/ports.ts': from('../../ports/x.ts'),
  'src/core/jobs/clean.ts': from('../send/clean.ts'),
  'src/core/receive/clean.ts': from('../jobs/clean.ts'),
  'src/core/receive/send.ts': from('../send/clean.ts'),
  'src/http/clean.ts': from('../core/clean.ts'),
  'src/channels/clean.ts': from('../lib/x.ts'),
  'src/ai/clean.ts': from('../errors.ts'),
  'src/store/clean.ts': from('@supabase/supabase-js'),
  'src/ports/clean.ts': "export const x = ['a'] as const;\n",
  'src/lib/clean.ts': 'export const x = (at: number) => new Date(at).toISOString();\n',
  'src/app.ts': from('./http/clean.ts'),
  'src/compose.ts': from('./store/clean.ts'),
  'functions/node.ts': from('../src/app.ts'),
  'functions/worker.ts': 'export default {};\n',
  'client/clean.ts': from('./x.ts'),
  'scripts/clean.ts': from('../dev/x.ts'),
  'scripts/crm/clean.ts': from('../../src/x.ts'),
  'bench/clean.ts': from('../dev/x.ts'),
  'dev/clean.ts': from('../scripts/crm/x.ts'),
  'dev/overloads.ts':
    'export function x(y: string): string;\nexport function x(y: number): number;\nexport function x(y: string | number) {\n  return y;\n}\n',
  'dev/generator.ts': 'export const x = function* () {\n  yield 1;\n};\n',
  'test/clean.ts': from('../dev/x.ts'),
};

describe('the linter', () => {
  let folder: string;
  const found = new Map<string, string[]>();
  const names = Object.keys(violations);
  const fileOf = (name: string) => `${violations[name]?.where}/case-${names.indexOf(name)}.ts`;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crm-api-lint-'));
    for (const part of ['biome.json', '.gitignore', 'scripts/lint']) {
      await cp(join(projectFolder, part), join(folder, part), { recursive: true });
    }
    const cases = names.map((name) => [fileOf(name), violations[name]?.code ?? ''] as const);
    for (const [path, code] of [...cases, ...Object.entries(clean)]) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), code);
    }
    const args = ['ci', '--reporter=github', '--max-diagnostics=none', '--colors=off', '.'];
    const { stdout } = await runCommand(commandPath('biome'), args, { cwd: folder });
    for (const [, rule = '', file = ''] of stdout.matchAll(
      /^::error title=([^,]+),file=([^,]+),/gm,
    )) {
      const path = file.slice(file.indexOf(folder) + folder.length + 1);
      found.set(path, [...(found.get(path) ?? []), rule]);
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(names)('refuses %s', (name) => {
    expect(found.get(fileOf(name))).toContain(violations[name]?.rule);
  });

  it.each(Object.keys(clean))('accepts a clean %s', (path) => {
    expect(found.get(path) ?? []).toEqual([]);
  });
});
