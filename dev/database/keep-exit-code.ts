/** PGlite writes its own Postgres's exit code into `process.exitCode`, over the code of this process. */
export const keepExitCode = async <T>(task: () => Promise<T>): Promise<T> => {
  const { exitCode } = process;
  try {
    return await task();
  } finally {
    process.exitCode = exitCode;
  }
};
