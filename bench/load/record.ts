import { demoData } from '../../dev/demo-data.ts';
import { startStack } from '../../dev/stack.ts';
import type { Fetch } from '../../src/ports/io.ts';
import { createExampleHandler } from './example-handler.ts';
import {
  answerKey,
  findMessageId,
  messageIdPlace,
  type RecordedAnswer,
  type Recording,
} from './recording.ts';
import { aiSend, manualSend, manualText, type SendRequest } from './requests.ts';
import { threeCallsTo } from './subjects.ts';
import { createThreeCallsApp } from './three-calls/app.ts';
import { overFetch } from './three-calls/over-fetch.ts';

const keepAnswer = async (
  response: Response,
  messageId: string | null,
): Promise<RecordedAnswer> => {
  const text = await response.clone().text();
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? 'application/json',
    body: messageId === null ? text : text.replaceAll(messageId, messageIdPlace),
  };
};

/** A `fetch` that records every response. If the same question comes again, the last response counts. */
const recordTo =
  (answers: Map<string, RecordedAnswer>) =>
  (fetch: Fetch): Fetch =>
  async (url, init) => {
    const response = await fetch(url, init);
    const body = typeof init?.body === 'string' ? init.body : '';
    const key = answerKey(init?.method ?? 'GET', new URL(url).pathname, body);
    answers.set(key, await keepAnswer(response, findMessageId(body)));
    return response;
  };

const expectSent = async (who: string, response: Response): Promise<void> => {
  if (response.status === 200) return;
  throw new Error(`${who} could not be recorded: ${response.status} ${await response.text()}`);
};

const { contact, meta, resend } = demoData;

/** A message to each other vendor whose SDK is measured. */
const otherSends = [
  {
    url: 'https://api.resend.com/emails',
    token: resend.apiKey,
    body: { from: resend.from, to: contact.email, subject: 'Your appointment', text: manualText },
  },
  {
    url: `https://graph.facebook.com/v25.0/${meta.phoneNumberId}/messages`,
    token: meta.accessToken,
    body: {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: contact.whatsappNumber.slice(1),
      type: 'text',
      text: { body: manualText },
    },
  },
] as const;

const turnsOfHistory = 10;

/** Lets each handler send once through the real local stack, and records what database, vendor and model responded. */
export const recordAnswers = async (): Promise<Recording> => {
  const answers = new Map<string, RecordedAnswer>();
  const around = recordTo(answers);
  const stack = await startStack({ aroundFetch: around });
  try {
    const send = ({ headers, body }: SendRequest) =>
      fetch(`${stack.apiUrl}/send-message`, { method: 'POST', headers, body });
    for (let turn = 0; turn < turnsOfHistory; turn += 1) await send(manualSend);
    await expectSent('The manual send', await send(manualSend));
    await expectSent('The AI send', await send(aiSend));
    // The Node host sweeps once a minute, at any time.
    const sweep = { method: 'POST', headers: { 'x-cron-secret': demoData.cronSecret } };
    await expectSent('The sweep', await fetch(`${stack.apiUrl}/jobs/sweep`, sweep));

    for (const { url, token, body } of otherSends) {
      const init = {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      };
      await expectSent(url, await stack.fetch(url, init));
    }

    const settings = threeCallsTo(stack.database.url, 'https://api.twilio.com');
    // The stack's fetch, which sends the vendors' host names to their doubles.
    const handlers = {
      'The three calls': createThreeCallsApp(settings, overFetch(stack.fetch), '').fetch,
      'The example handler': createExampleHandler(settings, stack.fetch),
    };
    for (const [name, handle] of Object.entries(handlers)) {
      const init = { method: 'POST', headers: manualSend.headers, body: manualSend.body };
      await expectSent(name, await handle(new Request('http://bench/send-message', init)));
    }
    return Object.fromEntries(answers);
  } finally {
    await stack.stop();
  }
};
