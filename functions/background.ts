/** Work that goes on after its answer, so that a host which stops can wait for it. */
export const createBackground = () => {
  const running = new Set<Promise<unknown>>();
  return {
    waitUntil: (work: Promise<unknown>): void => {
      const settled = work.catch(() => undefined).finally(() => running.delete(settled));
      running.add(settled);
    },
    /** Resolves when nothing is left, also not what the work itself has started. */
    drain: async (): Promise<void> => {
      while (running.size > 0) await Promise.all(running);
    },
  };
};
