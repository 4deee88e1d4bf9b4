import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFolder } from './run-command.ts';

/** Which behaviour of workerd the Worker is made for. */
export type Compatibility = {
  readonly compatibilityDate: string;
  readonly compatibilityFlags: string[];
};

/** As wrangler.toml says it. */
export const readCompatibility = async (): Promise<Compatibility> => {
  const config = await readFile(join(projectFolder, 'wrangler.toml'), 'utf8');
  const compatibilityDate = /^compatibility_date = "(.+)"$/m.exec(config)?.[1];
  const flags = /^compatibility_flags = \[(.*)\]$/m.exec(config)?.[1];
  if (compatibilityDate === undefined || flags === undefined) {
    throw new Error('wrangler.toml has no compatibility_date or no compatibility_flags');
  }
  const compatibilityFlags = [...flags.matchAll(/"(\w+)"/g)].map(([, flag = '']) => flag);
  return { compatibilityDate, compatibilityFlags };
};
