import { glob } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { projectFolder } from '../../dev/machine/run-command.ts';
import { parseConfig } from '../../src/config.ts';
import { readDocument } from './markdown.ts';

const readers = [
  'src/config.ts',
  'functions/**/*.ts',
  'dev/**/*.ts',
  'scripts/crm.ts',
  'scripts/crm/**/*.ts',
];

/** The variables of this machine that it passes on to the processes that it starts; nobody configures them. */
const lenders = ['dev/machine/**'];

/** `environment.NAME`, and the keys of the schemas that an environment is parsed with. */
const reads = [
  /\b(?:process\.env|environment|env)\.([A-Z][A-Z0-9_]+)\b/g,
  /^ {2}([A-Z][A-Z0-9_]+):/gm,
];

const findReadVariables = async (): Promise<string[]> => {
  const names = new Set<string>();
  for await (const file of glob(readers, { cwd: projectFolder, exclude: lenders })) {
    const code = await readDocument(file);
    for (const pattern of reads) {
      for (const [, name = ''] of code.matchAll(pattern)) names.add(name);
    }
  }
  return [...names].sort();
};

const rowsOf = (markdown: string): string[][] =>
  [...markdown.matchAll(/^\| `([A-Z][A-Z0-9_]+)` \|(.*)\|$/gm)].map(([, name = '', rest = '']) => [
    name,
    ...rest.split('|').map((cell) => cell.trim()),
  ]);

const missingOf = (environment: Record<string, string>): string => {
  try {
    parseConfig(environment);
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  return '';
};

describe('docs/configuration.md', () => {
  it('has every variable that is read, once, and no other', async () => {
    const documented = rowsOf(await readDocument('docs/configuration.md')).map(([name]) => name);
    expect(documented.sort()).toEqual(await findReadVariables());
  });

  it('calls required what the function cannot start without', async () => {
    const rows = rowsOf(await readDocument('docs/configuration.md'));
    const required = rows
      .filter((row) => row.length === 4 && row[2] === 'yes')
      .map(([name]) => name);
    const named = [...missingOf({ SUPABASE_SECRET_KEY: 'x' }).matchAll(/^- ([A-Z_]+):/gm)];
    expect(required.sort()).toEqual(named.map(([, name]) => name).sort());
  });

  it('says that one of three secret keys is enough', async () => {
    const rows = rowsOf(await readDocument('docs/configuration.md'));
    const secrets = rows.filter((row) => row[2] === 'one of three').map(([name = '']) => name);
    expect(secrets).toHaveLength(3);
    for (const name of secrets) {
      const value = name.endsWith('KEYS') ? '{"default":"x"}' : 'x';
      expect(missingOf({ [name]: value })).not.toContain('SECRET_KEY');
    }
  });
});
