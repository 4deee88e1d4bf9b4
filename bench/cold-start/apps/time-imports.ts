// Prints the milliseconds that each module takes, imported one after the other in a fresh process.
const durations: number[] = [];
for (const module of process.argv.slice(2)) {
  const startedAt = performance.now();
  await import(module);
  durations.push(performance.now() - startedAt);
}
console.log(JSON.stringify(durations));

export {};
