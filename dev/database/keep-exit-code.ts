/** PGlite writes how its own Postgres fares into `process.exitCode`, over what this process wants to say. */
export const keepExitCode = async <T>(task: () => Promise<T>): Promise<T> => {
  const { exitCode } = process;
  try {
    return await task();
  } finally {
    process.exitCode = exitCode;
  }
};
