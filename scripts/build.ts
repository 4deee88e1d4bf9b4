import { fileURLToPath } from 'node:url';
import { buildHosts } from './build/build-hosts.ts';

const sizes = await buildHosts(fileURLToPath(new URL('../dist/', import.meta.url)));
for (const [path, bytes] of sizes) console.log(`dist/${path}: ${Math.round(bytes / 1024)} KB`);
