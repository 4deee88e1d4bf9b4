import { expect, it } from 'vitest';
import { describeWorker } from '../../bench/cold-start/workerd-config.ts';

it('quotes what a worker is given, and embeds files', () => {
  const config = describeWorker({
    compatibilityDate: '2026-07-30',
    compatibilityFlags: ['nodejs_als'],
    file: 'ours.js',
    bindings: { KEY: { text: 'a "b"' }, CODE: { file: 'code.js' }, LOADER: 'workerLoader' },
  });
  expect(config).toContain('(name = "KEY", text = "a \\"b\\""),');
  expect(config).toContain('(name = "CODE", text = embed "code.js"),');
  expect(config).toContain('(name = "LOADER", workerLoader = ()),');
  expect(config).toContain('compatibilityFlags = ["nodejs_als"],');
  expect(config).toContain('esModule = embed "ours.js"');
});
