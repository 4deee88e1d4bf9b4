// Imports modules one after the other in a fresh process, and prints the milliseconds of all: by the clock, and of CPU.
import process from 'node:process';

const startedAt = performance.now();
const cpuAtStart = process.cpuUsage();
for (const module of process.argv.slice(2)) await import(module);
const { user, system } = process.cpuUsage(cpuAtStart);
console.log(JSON.stringify({ ms: performance.now() - startedAt, cpuMs: (user + system) / 1000 }));
