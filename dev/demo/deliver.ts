import { z } from 'zod';
import { type Channel, channels } from '../../src/ports/channel.ts';
import { demoData } from '../demo-data.ts';
import type { Stack } from '../stack.ts';
import type { SentMessage } from '../vendors/journal.ts';

/** Exactly the seven fields. */
const answerSchema = z.strictObject({
  message_id: z.string().regex(/^msg_[0-9a-z]{26}$/),
  content: z.string().min(1),
  sender_type: z.enum(['agent', 'user']),
  channel: z.enum(channels),
  ai: z.boolean(),
  delivered: z.boolean(),
  timestamp: z.iso.datetime(),
});

type Answer = z.output<typeof answerSchema>;

export type DemoRequest = {
  readonly channel: Channel;
  readonly ai: boolean;
  readonly content: string;
  readonly idempotencyKey: string;
};

export type Delivery = {
  readonly request: DemoRequest;
  readonly answer: Answer | null;
  readonly sent: SentMessage | null;
  /** The broken expectations; empty when all is well. */
  readonly problems: readonly string[];
};

const contents: Readonly<Record<'manual' | 'ai', string>> = {
  manual: 'Your appointment is confirmed for Thursday at 10 am.',
  ai: 'Confirm the appointment on Thursday at 10 am, and ask whether that still suits.',
};

export const demoRequests: readonly DemoRequest[] = channels.flatMap((channel) =>
  (['manual', 'ai'] as const).map((kind) => ({
    channel,
    ai: kind === 'ai',
    content: contents[kind],
    idempotencyKey: `demo-${channel}-${kind}`,
  })),
);

const { contact } = demoData;
const addresses: Readonly<Record<Channel, string>> = {
  sms: contact.phone,
  email: contact.email,
  whatsapp: contact.whatsappNumber.replace('+', ''),
  facebook: contact.messengerUserId,
  instagram: contact.instagramUserId,
};

// Messenger and Instagram have no field for a caller's id.
const carriesOurId = (channel: Channel): boolean =>
  channel !== 'facebook' && channel !== 'instagram';

export const post = ({ apiUrl }: Stack, request: DemoRequest): Promise<Response> => {
  const { channel, ai, content, idempotencyKey } = request;
  return fetch(`${apiUrl}/send-message`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-api-key': demoData.apiKey,
      'idempotency-key': idempotencyKey,
    },
    body: JSON.stringify({
      content,
      ai,
      channel,
      conversation_id: demoData.conversationId,
      ...(ai ? { agent_id: demoData.agentId } : {}),
    }),
  });
};

const unmet = (expectations: readonly (readonly [holds: boolean, otherwise: string])[]) =>
  expectations.filter(([holds]) => !holds).map(([, otherwise]) => otherwise);

const checkAnswer = (request: DemoRequest, answer: Answer): readonly string[] =>
  unmet([
    [answer.delivered, 'the answer says that it was not delivered'],
    [answer.channel === request.channel, `the answer names the channel ${answer.channel}`],
    [answer.ai === request.ai, 'the answer has the wrong ai'],
    [answer.sender_type === (request.ai ? 'agent' : 'user'), 'the wrong sender_type'],
    [
      (answer.content === request.content) === !request.ai,
      request.ai ? 'the text is the instruction itself' : 'the text is not the one that was given',
    ],
  ]);

const checkSent = (answer: Answer, sent: SentMessage): readonly string[] =>
  unmet([
    [sent.channel === answer.channel, `the vendor took it on ${sent.channel}`],
    [sent.text === answer.content, 'the vendor took another text than the answer has'],
    [sent.to === addresses[answer.channel], `the vendor took it for ${sent.to}`],
    [
      !carriesOurId(answer.channel) || sent.ourMessageId === answer.message_id,
      `the vendor has it under the id ${sent.ourMessageId}`,
    ],
  ]);

/** Sends one message and compares the response with what the vendor got. */
export const deliver = async (stack: Stack, request: DemoRequest): Promise<Delivery> => {
  const before = stack.vendors.sent().length;
  const response = await post(stack, request);
  const text = await response.text();
  const taken = stack.vendors.sent().slice(before);
  const sent = taken[0] ?? null;
  if (response.status !== 200) {
    return { request, answer: null, sent, problems: [`HTTP ${response.status}: ${text}`] };
  }
  const parsed = answerSchema.safeParse(JSON.parse(text));
  if (!parsed.success) {
    return { request, answer: null, sent, problems: [z.prettifyError(parsed.error)] };
  }
  const answer = parsed.data;
  const problems = [
    ...checkAnswer(request, answer),
    ...(taken.length === 1 ? [] : [`vendors took ${taken.length} messages`]),
    ...(sent === null ? [] : checkSent(answer, sent)),
  ];
  return { request, answer, sent, problems };
};
