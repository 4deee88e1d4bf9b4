import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { demoData } from '../../dev/demo-data.ts';
import { peersFolder } from '../install-peers.ts';
import { type Doubles, type Load, type LoadPlan, loadSchema, startOnCore } from './processes.ts';
import { manualText } from './requests.ts';
import { type Subject, twilioCallbackUrl } from './subjects.ts';

/** What each script of bench/peers sends with. */
export const peerNames = {
  twilio: 'twilio: messages.create',
  resend: 'resend: emails.send',
  'chat-twilio': 'chat: postMessage of its Twilio adapter',
  'chat-whatsapp': 'chat: postMessage of its WhatsApp adapter',
  nothing: 'a Node process that sends nothing',
} as const;

export type PeerName = keyof typeof peerNames;

/** A process that sends by itself through one SDK, without a request that asks it to. */
export const startPeer = async (peer: PeerName, origin: string): Promise<Subject> => {
  const settings = {
    origin,
    content: manualText,
    callback: twilioCallbackUrl,
    demo: demoData,
  };
  const { ready, pid, stop } = await startOnCore('measured', {
    command: process.execPath,
    args: [join(peersFolder, 'serve-peer.js'), peer],
    env: { PEER: JSON.stringify(settings) },
    readyWhen: /listening on (\d+)/,
  });
  return { name: peerNames[peer], pid, baseUrl: `http://127.0.0.1:${ready[1]}`, stop };
};

/** Milliseconds without a call, even on a busy machine, after which no more come. */
const quiet = 1_000;

/** A load that has ended leaves requests behind whose calls still come. */
const waitUntilQuiet = async (doubles: Doubles): Promise<void> => {
  do await setTimeout(quiet);
  while (Object.keys(await doubles.takeCounts()).length > 0);
};

/** Lets a peer send. Throws unless the double has got exactly one call for each send. */
export const loadPeer = async (
  { name, baseUrl }: Subject,
  doubles: Doubles,
  plan: LoadPlan,
): Promise<Load> => {
  await waitUntilQuiet(doubles);
  const query = Object.entries(plan).map(([field, value]) => `${field}=${value}`);
  const response = await fetch(`${baseUrl}/?${query.join('&')}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`${name} could not send: ${text}`);
  const load = loadSchema.parse(JSON.parse(text));
  const counts = Object.entries(await doubles.takeCounts());
  // Our host beside it sweeps once a minute, and then asks the database.
  const vendors = counts.filter(([key]) => !key.includes('/rest/v1/'));
  const calls = vendors.reduce((sum, [, count]) => sum + count.calls, 0);
  if (calls !== load.requests) {
    throw new Error(`${name} sent ${load.requests} messages with ${calls} calls.`);
  }
  return load;
};
