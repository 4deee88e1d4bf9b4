import { createMeasure, type Measure } from './measure-stored.ts';
import { startLoaded } from './stored.ts';

/** After them the connection keeps its plans: four messages a life in each of two conversations, about a hundred. */
const firstLives = 13;

/**
 * A database that was empty a minute ago: one sub-account, a hundred messages in a few conversations, and then a burst
 * over the same connection, whose plans were made when the tables were small. Autovacuum, which looks once a minute and
 * then analyses them, has not come yet.
 */
export const startYoung = async (messages: number): Promise<Measure> => {
  const load = { messages: 0, inOne: 0, conversations: 5, accounts: 1 };
  const stored = await startLoaded(load, async () => {}, { autovacuum: 'off' });
  const measure = createMeasure(stored, `${messages.toLocaleString('en')} in a new database`);
  try {
    await measure.warmUp(firstLives);
    const conversations = Math.ceil(messages / 2 / 20);
    await stored.postgres.query(
      `call bench.load_conversations(${load.conversations + 1}, ${conversations}, ${load.accounts})`,
    );
    load.conversations = conversations;
    await measure.send(messages);
    load.messages = messages;
    load.inOne = messages / 2;
    return measure;
  } catch (error) {
    await measure.stop();
    throw error;
  }
};
