import { runCrm } from './crm/run.ts';
import { createTerminal } from './crm/terminal.ts';

const listenForInterrupt = (): AbortSignal => {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => controller.abort());
  return controller.signal;
};

process.exitCode = await runCrm(process.argv.slice(2), {
  environment: process.env,
  fetch,
  now: Date.now,
  terminal: createTerminal(),
  stdin: process.stdin,
  interrupted: listenForInterrupt(),
});
