import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildBundles } from '../../dev/machine/host-bundles.ts';
import { projectFolder } from '../../dev/machine/run-command.ts';
import { buildFile } from '../../scripts/build/build-hosts.ts';
import { environment, publicBasePath } from './settings.ts';
import { timeImport } from './time-imports.ts';
import { type Launch, pairLongest, pairStarts } from './time-start.ts';

const importScript = fileURLToPath(new URL('apps/time-imports.ts', import.meta.url));
const importer = { command: process.execPath, args: [importScript] };

const launch = (file: string): Launch => ({
  command: process.execPath,
  args: ['--enable-source-maps', file],
  env: { ...environment, PORT: '0' },
  readyWhen: /"event":"listening","port":(\d+)/,
  basePath: publicBasePath,
});

/** The file that users run, the sources, and the empty app as its author would run it and as one file. */
export const prepareNode = async () => {
  const bundles = await buildBundles();
  const build = async (entry: string, name: string) => {
    const file = join(bundles.folder, name);
    await buildFile('node', entry, file);
    return file;
  };
  const ours = launch(bundles.nodeFile);
  const source = launch(join(projectFolder, 'functions/node.ts'));
  const empty = launch(join(projectFolder, 'bench/cold-start/apps/empty-node.ts'));
  const emptyFile = launch(await build('bench/cold-start/apps/empty-node.ts', 'empty-node.mjs'));
  const app = await build('functions/hosted-app.ts', 'app.mjs');
  const emptyApp = await build('bench/cold-start/apps/empty.ts', 'empty.mjs');
  return {
    starts: pairStarts('Node', { ours, empty }),
    others: [
      ...pairLongest('Node, the empty app as one file too', { ours, empty: emptyFile }),
      ...pairLongest('Node, from source', { ours: source, empty }),
    ],
    evaluations: [
      {
        runtime: 'Node, both as one file',
        until: 'app imported',
        ours: timeImport(importer, app),
        empty: timeImport(importer, emptyApp),
      },
    ],
    remove: bundles.remove,
  };
};
