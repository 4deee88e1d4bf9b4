import { readdir, stat } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { projectFolder } from '../../dev/machine/run-command.ts';
import { anchorsOf, readDocument } from './markdown.ts';

const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'docs/deploy.md',
  'docs/configuration.md',
  'docs/errors.md',
  'docs/n8n.md',
  'docs/providers/twilio.md',
  'docs/providers/meta.md',
  'docs/providers/resend.md',
  'bench/README.md',
];

const linksOf = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);

describe.each(documents)('%s', (document) => {
  it('links to nothing that is not there', async () => {
    const links = linksOf(await readDocument(document)).filter((link) => !/^https?:/.test(link));
    for (const link of links) {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? document : normalize(join(dirname(document), file));
      await expect(stat(join(projectFolder, target)), link).resolves.toBeDefined();
      if (anchor !== undefined)
        expect(anchorsOf(await readDocument(target)), link).toContain(anchor);
    }
  });
});

/** Paths in code marks, without placeholders such as NAME. */
const pathsOf = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/`((?:[\w.-]+\/)*[\w.-]+(?:\/|\.(?:ts|sql|json)))`/g)].flatMap(
    ([, path = '']) => (path.includes('NAME') ? [] : [path]),
  );

describe.each(['ARCHITECTURE.md', 'CONTRIBUTING.md'])('%s', (document) => {
  it('names no file or folder that is not there', async () => {
    const paths = pathsOf(await readDocument(document));
    expect(paths.length).toBeGreaterThan(20);
    for (const path of paths) {
      const folder = /^\d\d_\w+\.sql$/.test(path) ? 'supabase/schemas' : '';
      await expect(stat(join(projectFolder, folder, path)), path).resolves.toBeDefined();
    }
  });
});

describe('ARCHITECTURE.md', () => {
  it('names no function of the database that is not there', async () => {
    const files = await readdir(join(projectFolder, 'supabase/schemas'));
    const sources = await Promise.all(
      files.map((file) => readDocument(`supabase/schemas/${file}`)),
    );
    const sql = sources.join('\n');
    const text = await readDocument('ARCHITECTURE.md');
    const named = [...text.matchAll(/`(crm_api\.\w+)`/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(10);
    for (const name of named) expect(sql, name).toContain(`create function ${name}(`);
  });

  it('says of each file of the SQL what it is about', async () => {
    const text = await readDocument('ARCHITECTURE.md');
    for (const file of await readdir(join(projectFolder, 'supabase/schemas')))
      expect(text, file).toContain(`\`${file}\``);
  });
});

describe('CONTRIBUTING.md', () => {
  it('names every script that tests, and only scripts that there are', async () => {
    const text = await readDocument('CONTRIBUTING.md');
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(await readDocument('package.json')));
    const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script = '']) => script);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
    const testing = Object.keys(scripts).filter((script) => /^test:|^check$|^lint:/.test(script));
    expect(named).toEqual(expect.arrayContaining(testing));
  });

  it('names a test file that one can run', async () => {
    const text = await readDocument('CONTRIBUTING.md');
    const files = [...text.matchAll(/--project \w+ (\S+\.test\.ts)/g)].map(([, file = '']) => file);
    expect(files.length).toBeGreaterThan(1);
    for (const file of files)
      await expect(stat(join(projectFolder, file)), file).resolves.toBeDefined();
  });
});

it('the README leads to every other document', async () => {
  const links = linksOf(await readDocument('README.md'));
  for (const document of documents.slice(1)) expect(links).toContain(document);
});
