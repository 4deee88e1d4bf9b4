import { accounts } from './accounts.ts';
import { addressKeys } from './address-keys.ts';
import type { Check } from './check.ts';
import { clock } from './clock.ts';
import { credentials } from './credentials.ts';
import { database } from './database.ts';
import { environment } from './environment.ts';
import { deployed } from './function.ts';
import { migrations } from './migrations.ts';
import { functions, tables } from './privileges.ts';
import { sweeper } from './sweeper.ts';
import { vendors } from './vendors.ts';
import { version } from './version.ts';
import { webhooks } from './webhooks.ts';

/** In the order in which they are shown. Each comes after those that it needs. */
export const checks: readonly Check[] = [
  environment,
  database,
  migrations,
  functions,
  tables,
  deployed,
  version,
  sweeper,
  clock,
  accounts,
  addressKeys,
  credentials,
  vendors,
  webhooks,
];
