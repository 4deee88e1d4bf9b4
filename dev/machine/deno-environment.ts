import { join } from 'node:path';
import { projectFolder, runCommand } from './run-command.ts';

/**
 * The settings with which Deno fetches the packages of deno.json as this machine fetches npm's: npm's own registry
 * setting and the system's certificates. They are kept beside node_modules, so that they are fetched once.
 */
export const denoEnvironment = async (): Promise<Record<string, string | undefined>> => {
  const npm = await runCommand('npm', ['config', 'get', 'registry'], { env: process.env });
  return {
    HOME: process.env.HOME,
    DENO_DIR: join(projectFolder, 'node_modules/.cache/deno'),
    DENO_NO_UPDATE_CHECK: '1',
    DENO_TLS_CA_STORE: 'mozilla,system',
    DENO_CERT: process.env.DENO_CERT,
    SSL_CERT_FILE: process.env.SSL_CERT_FILE,
    SSL_CERT_DIR: process.env.SSL_CERT_DIR,
    NPM_CONFIG_REGISTRY: npm.stdout.trim(),
    NO_COLOR: '1',
  };
};
