import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { buildGeneratedFiles } from '../scripts/generate.ts';

describe('generated files', () => {
  it('are what `npm run generate` makes of the code as it is', async () => {
    for (const [path, content] of await buildGeneratedFiles()) {
      expect(await readFile(new URL(`../${path}`, import.meta.url), 'utf8'), path).toBe(content);
    }
  });
});
