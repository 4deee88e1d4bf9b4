import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Doubles, startDoubles } from './processes.ts';
import { recordAnswers } from './record.ts';
import type { Recording } from './recording.ts';

type Stoppable = { stop(): Promise<void> };

/** Everything that was started is stopped at the end, in the opposite order, even after an error. */
export type Started = <Part extends Stoppable>(part: Promise<Part>) => Promise<Part>;

export const withStarted = async <Result>(
  work: (started: Started) => Promise<Result>,
): Promise<Result> => {
  const parts: Stoppable[] = [];
  try {
    return await work(async (starting) => {
      const part = await starting;
      parts.push(part);
      return part;
    });
  } finally {
    for (const part of parts.toReversed()) await part.stop();
  }
};

let recording: Promise<Recording> | undefined;

/** The recorded answers, given from memory. They are recorded once in a run. */
export const startRecordedDoubles = async (): Promise<Doubles> => {
  recording ??= recordAnswers();
  const folder = await mkdtemp(join(tmpdir(), 'crm-api-bench-'));
  const file = join(folder, 'recording.json');
  await writeFile(file, JSON.stringify(await recording));
  const doubles = await startDoubles(file);
  const stop = async () => {
    await doubles.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { ...doubles, stop };
};
