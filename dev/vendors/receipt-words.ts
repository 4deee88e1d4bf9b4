import type { SentMessage } from './journal.ts';

/** The steps of a message, in the product's words. */
export const receiptSteps = ['echo', 'sent', 'delivered', 'read', 'failed'] as const;
export type ReceiptStep = (typeof receiptSteps)[number];

type Language = {
  /** The vendor's word for a step; none if it does not report it. */
  readonly steps: Readonly<Partial<Record<ReceiptStep, string>>>;
  /** Its other words. */
  readonly others: readonly string[];
};

const twilioSteps = { sent: 'sent', delivered: 'delivered', failed: 'undelivered' } as const;
const twilioOthers = [
  'accepted',
  'scheduled',
  'queued',
  'sending',
  'partially_delivered',
  'failed',
  'canceled',
] as const;

// Twilio: message_enum_status; WhatsApp: statuses[].status; Messenger and Instagram: the event's own field, and also
// `delivered` as a state; Resend: its event names.
const languages: Readonly<Record<string, Language>> = {
  'twilio sms': { steps: twilioSteps, others: twilioOthers },
  'twilio whatsapp': { steps: { ...twilioSteps, read: 'read' }, others: twilioOthers },
  'meta whatsapp': {
    steps: { sent: 'sent', delivered: 'delivered', read: 'read', failed: 'failed' },
    others: ['played'],
  },
  'meta facebook': {
    steps: { echo: 'echo', delivered: 'delivery', read: 'read' },
    others: ['delivered'],
  },
  'meta instagram': { steps: { echo: 'echo', read: 'read' }, others: [] },
  'resend email': {
    steps: {
      sent: 'email.sent',
      delivered: 'email.delivered',
      read: 'email.opened',
      failed: 'email.bounced',
    },
    others: [
      'email.scheduled',
      'email.delivery_delayed',
      'email.clicked',
      'email.complained',
      'email.failed',
      'email.suppressed',
    ],
  },
};

const languageOf = ({ vendor, channel }: SentMessage): Language => {
  const language = languages[`${vendor} ${channel}`];
  if (!language) throw new Error(`${vendor} has no receipts on ${channel}.`);
  return language;
};

/** The vendor's word for the step; undefined if it does not report it. */
export const wordFor = (message: SentMessage, step: ReceiptStep): string | undefined =>
  languageOf(message).steps[step];

export const wordsFor = (message: SentMessage): readonly string[] => {
  const { steps, others } = languageOf(message);
  return [...Object.values(steps), ...others];
};

/** Resend's words also without their `email.`. */
export const hasWord = (message: SentMessage, word: string): boolean =>
  wordsFor(message).some((known) => known === word || known === `email.${word}`);
