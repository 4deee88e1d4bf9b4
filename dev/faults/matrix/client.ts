import { demoData } from '../../demo-data.ts';
import { type Reading, readReport, readResponse, type Word } from '../word.ts';
import type { Instance } from './world.ts';

/** How often a client asks before it gives up for now. */
const patience = 5;

const report = async (instance: Instance, messageId: string): Promise<Reading> => {
  const headers = { 'x-api-key': demoData.apiKey };
  const { status, body } = await instance.request(`/messages/${messageId}`, { headers });
  return readReport(status, body);
};

export const ask = async (instance: Instance, request: RequestInit): Promise<Reading> => {
  const { status, body } = await instance.request('/send-message', request);
  return readResponse(status, body);
};

/** Sends the same request as long as it is told that this is safe. The last response counts. */
export const retry = async (instance: Instance, request: RequestInit): Promise<Word> => {
  let word: Word = { type: 'nothing' };
  for (let asked = 0; asked < patience; asked += 1) {
    const reading = await ask(instance, request);
    word = reading.word;
    if (word.type === 'failed' && word.retry === 'safe') continue;
    if (word.type !== 'pending' || reading.messageId === null) break;
    await instance.drain();
    return (await report(instance, reading.messageId)).word;
  }
  await instance.drain();
  return word;
};
