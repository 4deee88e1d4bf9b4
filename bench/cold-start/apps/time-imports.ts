// Imports modules one after the other in a fresh process, and prints the milliseconds of each.
const durations: number[] = [];
for (const module of process.argv.slice(2)) {
  const startedAt = performance.now();
  await import(module);
  durations.push(performance.now() - startedAt);
}
console.log(JSON.stringify(durations));

export {};
