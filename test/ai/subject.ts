import { expect } from 'vitest';
import type {
  AiProvider,
  ComposeOutcome,
  ComposeRequest,
  CompositionFailure,
} from '../../src/ports/ai.ts';
import type { Fetch } from '../../src/ports/io.ts';

type Answered = { readonly status: number; readonly body: unknown };

/** The facts that the suite needs about a wire format. */
export type Subject = {
  readonly provider: AiProvider;
  readonly credentials: Readonly<Record<string, unknown>>;
  readonly url: string;
  /** The body of a 200 with this text, three tokens in and five out. */
  readonly success: (text: string) => unknown;
  /** The body of an error, with these words wherever the vendor has room for words. */
  readonly error: (words: string) => unknown;
  /** The format's own ways to fail, by name. */
  readonly failures: Readonly<Record<string, readonly [CompositionFailure, Answered]>>;
  /** Bodies of a 200 that are not of this format. */
  readonly wrongShapes: Readonly<Record<string, unknown>>;
};

/** Friday, 27 November 2026, 11:20 in UTC. */
const now = Date.UTC(2026, 10, 27, 11, 20);

export const request: ComposeRequest = {
  model: 'a-model',
  instructions: 'You are Nora of the Harbour Clinic. INSTRUCTION-SECRET',
  prompt: 'Confirm the appointment on Monday. PROMPT-SECRET',
  history: [
    { from: 'contact', text: 'Can I come on Monday? CUSTOMER-SECRET', at: now - 120_000 },
    { from: 'business', text: 'Let me see.', at: now - 60_000 },
    { from: 'contact', text: 'Thanks', at: now - 30_000 },
  ],
  contactName: 'Jane NAME-SECRET',
  now,
  timeZone: 'UTC',
  channel: 'sms',
  limit: { max: 1600, unit: 'characters' },
  draftTooLong: null,
  moreRoom: false,
};
export const privateWords = /SECRET|sk-test|appointment|Monday/i;

export const statuses: readonly (readonly [number, CompositionFailure])[] = [
  [300, 'unreadable'],
  [304, 'unreadable'],
  [400, 'misconfigured'],
  [401, 'misconfigured'],
  [402, 'quota_exceeded'],
  [403, 'misconfigured'],
  [404, 'misconfigured'],
  [408, 'unreachable'],
  [409, 'unreachable'],
  [413, 'misconfigured'],
  [422, 'misconfigured'],
  [429, 'overloaded'],
  [500, 'unreachable'],
  [502, 'unreachable'],
  [503, 'overloaded'],
  [504, 'unreachable'],
  [529, 'overloaded'],
];

export const inTime = () => AbortSignal.timeout(10_000);
export const tooShort = () => AbortSignal.timeout(150);

export const respond =
  (status: number, body: string): Fetch =>
  async () =>
    new Response([204, 205, 304].includes(status) ? null : body, { status });

export const expectFailure = (outcome: ComposeOutcome, reason: CompositionFailure) => {
  expect(outcome).toMatchObject({ type: 'not_composed', reason });
  if (outcome.type !== 'not_composed') return;
  expect(outcome.message).not.toMatch(privateWords);
  expect(outcome.code ?? '').not.toMatch(privateWords);
};
