/** Fires after so many milliseconds, or as soon as the other signal does. */
export const timeoutSignal = (duration: number, earlier: AbortSignal | null): AbortSignal => {
  const timeout = AbortSignal.timeout(duration);
  return earlier ? AbortSignal.any([timeout, earlier]) : timeout;
};
