export type Signal<T> = {
  get(): T;
  set(value: T): void;
  /** Called now and after each change. */
  watch(listener: (value: T) => void): void;
};

/** A value that others can follow. */
export const createSignal = <T>(first: T): Signal<T> => {
  const listeners: ((value: T) => void)[] = [];
  let current = first;
  return {
    get: () => current,
    set: (value) => {
      if (value === current) return;
      current = value;
      for (const listener of listeners) listener(value);
    },
    watch: (listener) => {
      listeners.push(listener);
      listener(current);
    },
  };
};
