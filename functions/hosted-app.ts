import { type AppOptions, createApp, createUnconfiguredApp } from '../src/app.ts';
import { createDeps } from '../src/compose.ts';
import type { Io } from '../src/ports/io.ts';
import { hostIo } from './host-io.ts';

/** For a host that cannot refuse to start. With a wrong configuration the app answers every request with an error. */
export const createHostedApp = (
  env: Record<string, string | undefined>,
  basePath: string,
  { io = hostIo, ...options }: AppOptions & { readonly io?: Io } = {},
) => {
  try {
    return createApp(createDeps(env, io), basePath, options);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return createUnconfiguredApp(error, basePath, io);
  }
};
