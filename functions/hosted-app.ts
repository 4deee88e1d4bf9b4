import { type AppOptions, createApp, createUnconfiguredApp } from '../src/app.ts';
import { createDeps } from '../src/compose.ts';
import { hostIo } from './host-io.ts';

/** The app for a host that cannot refuse to start: wrongly configured, it answers every request with an error. */
export const createHostedApp = (
  env: Record<string, string | undefined>,
  basePath: string,
  options: AppOptions = {},
) => {
  try {
    return createApp(createDeps(env, hostIo), basePath, options);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return createUnconfiguredApp(error, basePath, hostIo);
  }
};
