import { beforeEach, describe } from 'vitest';
import type { Database } from '../../dev/database.ts';
import { describeBeginSend } from './begin-send.ts';
import { describeClaiming } from './claim-sends.ts';
import { createStoreContext } from './context.ts';
import { describeIdempotency } from './idempotency.ts';
import { describeInstallation } from './installation.ts';
import { describeJobs } from './jobs.ts';
import { describeRefusals } from './refusals.ts';
import { describeResultShapes } from './result-shapes.ts';
import { describeSettling } from './settle-send.ts';
import { describeStatusMoves } from './status-moves.ts';
import { describeWebhooks } from './webhooks.ts';
import { describeWords } from './words.ts';

/** The promises of every store, on whichever Postgres `database` is. */
export const describeStore = (name: string, database: () => Database) =>
  describe(`store on ${name}`, () => {
    const context = createStoreContext(database);
    beforeEach(() => context.start());
    describeBeginSend(context);
    describeRefusals(context);
    describeIdempotency(context);
    describeClaiming(context);
    describeSettling(context);
    describeResultShapes(context);
    describeStatusMoves(context);
    describeWebhooks(context);
    describeJobs(context);
    describeInstallation(context);
    describeWords(context);
  });
