import { stat } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFolder } from '../support/run-command.ts';
import { anchorsOf, readDocument } from './markdown.ts';

const documents = [
  'README.md',
  'ARCHITECTURE.md',
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

it('the README leads to every other document', async () => {
  const links = linksOf(await readDocument('README.md'));
  for (const document of documents.slice(1)) expect(links).toContain(document);
});
