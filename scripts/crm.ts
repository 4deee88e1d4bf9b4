import { runCrm } from './crm/run.ts';
import { createTerminal } from './crm/terminal.ts';

const onClosedPipe = (stream: NodeJS.WriteStream, act: () => void): void => {
  stream.on('error', (error) => {
    if (!('code' in error) || error.code !== 'EPIPE') throw error;
    act();
  });
};

/**
 * A reader of the output may stop early, as `head` does. If nobody reads progress and hints, the work still has to be
 * done.
 */
const bearClosedPipes = (): void => {
  onClosedPipe(process.stdout, () => process.exit(0));
  onClosedPipe(process.stderr, () => undefined);
};

const listenForInterrupt = (): AbortSignal => {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => controller.abort());
  return controller.signal;
};

bearClosedPipes();
process.exitCode = await runCrm(process.argv.slice(2), {
  environment: process.env,
  fetch,
  now: Date.now,
  terminal: createTerminal(),
  stdin: process.stdin,
  interrupted: listenForInterrupt(),
});
