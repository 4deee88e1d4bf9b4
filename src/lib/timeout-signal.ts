/** Fires after so many milliseconds, or when the other signal fires. */
export const timeoutSignal = (duration: number, earlier: AbortSignal | null): AbortSignal => {
  const timeout = AbortSignal.timeout(duration);
  return earlier ? AbortSignal.any([timeout, earlier]) : timeout;
};
