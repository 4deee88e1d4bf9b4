import { fileURLToPath } from 'node:url';
import { buildHosts } from './build/build-hosts.ts';

const startedAt = performance.now();
const folder = fileURLToPath(new URL('../dist/', import.meta.url));
const files = await buildHosts(folder);
const list = files.map(
  ({ path, bytes }) => `  dist/${path.padEnd(42)} ${Math.round(bytes / 1024)} KB`,
);
console.log(list.join('\n'));
console.log(`Built in ${Math.round(performance.now() - startedAt)} ms.`);
