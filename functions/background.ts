/** Work that continues after the response. A host that stops can wait for it. */
export const createBackground = () => {
  const running = new Set<Promise<unknown>>();
  return {
    waitUntil: (work: Promise<unknown>): void => {
      const settled = work.catch(() => undefined).finally(() => running.delete(settled));
      running.add(settled);
    },
    /** Resolves when all work, including work started by other work, has settled. */
    drain: async (): Promise<void> => {
      while (running.size > 0) await Promise.all(running);
    },
  };
};
