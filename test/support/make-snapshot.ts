import { keepExitCode } from '../../dev/database/keep-exit-code.ts';
import { openEmbedded } from '../../dev/database/postgres.ts';

/** Applies the migrations once, before the workers start, which would otherwise all do it at the same time. */
export const setup = async (): Promise<void> => {
  const { connection } = await keepExitCode(openEmbedded);
  await keepExitCode(() => connection.close());
};
