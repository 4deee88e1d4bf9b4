import { expect, it } from 'vitest';
import { findOwner, gzippedBytes, weighOwners } from '../../bench/bundle/weigh-owners.ts';

it.each([
  ['../../crm/node_modules/zod/v4/core/parse.js', 'zod'],
  ['../node_modules/@hono/zod-validator/dist/index.js', '@hono/zod-validator'],
  ['../node_modules/a/node_modules/b/index.js', 'b'],
  ['../../crm/src/http/messages.ts', 'src/http'],
  ['../../crm/src/app.ts', 'src'],
  ['functions/worker.ts', 'functions'],
  ['../../bench1/src/app.ts', 'src'],
  [null, '(bundler)'],
])('finds the owner of %s', (source, owner) => {
  expect(findOwner(source)).toBe(owner);
});

it('counts bytes, not characters, and puts the heaviest first', () => {
  const weights = weighOwners([
    { source: 'src/app.ts', text: 'aa' },
    { source: 'node_modules/zod/index.js', text: 'éé' },
    { source: 'src/errors.ts', text: 'a' },
  ]);
  expect(weights.map(({ owner, bytes }) => [owner, bytes])).toEqual([
    ['zod', 4],
    ['src', 3],
  ]);
});

it('says that text which others have too saves less than it weighs alone', () => {
  const text = 'export const answer = (request) => new Response(request.body, { status: 200 });';
  const [first] = weighOwners([
    { source: 'node_modules/a/index.js', text },
    { source: 'node_modules/b/index.js', text },
  ]);
  expect(first?.gzippedAlone).toBe(gzippedBytes(text));
  expect(first?.gzippedSaved).toBeLessThan(gzippedBytes(text) / 2);
});
