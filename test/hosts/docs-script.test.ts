import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { docsScript } from '../../src/http/docs.ts';
import { fetchDocsScript } from '../support/docs-script.ts';

it('the script of GET /docs has the hash that the page demands', async () => {
  const hash = createHash('sha384')
    .update(await fetchDocsScript())
    .digest('base64');
  expect(docsScript.integrity).toBe(`sha384-${hash}`);
});
