import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { InboundMessage } from '../../src/ports/inbound.ts';
import type { Receipt, WebhookCall } from '../../src/ports/webhook.ts';

/** 2026-04-20T11:42:03Z */
export const receivedAt = 1_776_685_323_000;

export const aCall = (
  body: string | Uint8Array<ArrayBuffer>,
  changes: Partial<Omit<WebhookCall, 'headers' | 'body'>> & {
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): WebhookCall => ({
  url: 'https://crm.example.com/webhooks/vendor/1',
  body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
  receivedAt,
  ...changes,
  headers: new Headers(changes.headers),
});

export const flipBit = (body: Uint8Array<ArrayBuffer>, at: number): Uint8Array<ArrayBuffer> =>
  body.map((byte, index) => (index === at ? byte ^ 1 : byte));

/** A message with only these facts. */
export const anInbound = (
  known: Partial<InboundMessage> & Pick<InboundMessage, 'channel' | 'from' | 'providerMessageId'>,
): InboundMessage => ({
  type: 'inbound',
  accounts: [],
  otherAddress: null,
  scopedToSender: false,
  name: null,
  at: receivedAt,
  text: null,
  typed: true,
  answerable: true,
  details: {},
  textIsElsewhere: false,
  subject: null,
  attachments: [],
  repliedProviderMessageId: null,
  email: null,
  preference: null,
  ...known,
});

export const aReceipt = (known: Partial<Receipt> & Pick<Receipt, 'status'>): Receipt => ({
  type: 'receipt',
  providerMessageId: null,
  messageId: null,
  at: receivedAt,
  failure: null,
  consequence: null,
  ...known,
});

// The vendors' own samples are beside the repository, not part of it.
const folder = join(import.meta.dirname, '../../../shared/vendors/samples');
export const samplesAreHere = existsSync(folder);

export const readSample = (file: string): string => readFileSync(join(folder, file), 'utf8');

export const readSamples = (file: string): Record<string, unknown> =>
  z.record(z.string(), z.unknown()).parse(JSON.parse(readSample(file)));

export const samplesTitle = (what: string): string =>
  samplesAreHere ? `${what} are read` : `SKIPPED: ${what} are not here (../shared/vendors/samples)`;
