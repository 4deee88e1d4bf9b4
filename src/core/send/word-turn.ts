import { ownValue } from '../../lib/own-value.ts';
import { withoutQuotedTail } from '../../lib/quoted-tail.ts';
import type { StoredTurn } from '../../ports/begin-send.ts';
import type { Attachment, InboundDetails } from '../../ports/inbound.ts';

/** Characters of a name or title, which the contact or a page chose. */
const longestName = 200;

// One line, so that nothing in it looks like a turn of its own.
const oneLine = (given: string): string => given.replace(/\s+/g, ' ').trim().slice(0, longestName);

const inBrackets = (word: string, rest: string | null = null): string =>
  rest === null || oneLine(rest) === '' ? `[${word}]` : `[${word} ${oneLine(rest)}]`;

/** The words that an agent reads instead of a file, by the vendor's word for the kind of file. */
const kinds: Readonly<Record<string, string>> = {
  image: 'picture',
  voice: 'voice message',
  audio: 'voice message',
  video: 'video',
  document: 'file',
  file: 'file',
  sticker: 'sticker',
  fallback: 'link',
  share: 'shared post',
  story: 'reply to our story',
  story_mention: 'mention in a story',
};

const wordFile = ({ kind, mimeType, name }: Attachment): string => {
  const isPdf = mimeType?.startsWith('application/pdf') ?? false;
  return inBrackets(
    isPdf ? 'PDF' : (ownValue(kinds, kind) ?? oneLine(kind).replaceAll('_', ' ')),
    name,
  );
};

const wordPlace = ({ name, url }: Attachment): string =>
  inBrackets('location:', name ?? url?.replace(/^geo:/, '') ?? 'without a name');

// A card comes once for each of its numbers and mailboxes. Here it becomes one card again.
const wordCard = (name: string | null, cards: readonly Attachment[]): string => {
  const reached = cards.flatMap(({ url }) => url?.replace(/^(?:tel|mailto):/, '') ?? []);
  const told = [...(name === null ? [] : [name]), ...reached];
  return told.length === 0
    ? inBrackets('contact card')
    : inBrackets('contact card:', told.join(', '));
};

const wordAttachments = (attachments: readonly Attachment[]): string[] => {
  const cards = Map.groupBy(
    attachments.filter(({ kind }) => kind === 'contact'),
    ({ name }) => name,
  );
  return [
    ...attachments
      .filter(({ kind }) => kind !== 'contact')
      .map((each) => (each.kind === 'location' ? wordPlace(each) : wordFile(each))),
    ...[...cards].map(([name, same]) => wordCard(name, same)),
  ];
};

const wordAnswer = (answer: unknown): string =>
  typeof answer === 'string' ? answer : JSON.stringify(answer);

const wordForm = (form: InboundDetails['form']): string[] =>
  Object.entries(form ?? {}).map(([field, answer]) => `${oneLine(field)}: ${wordAnswer(answer)}`);

const wordOrder = (order: InboundDetails['order']): string[] =>
  (order?.items ?? []).map(({ productId, quantity, price, currency }) => {
    const cost = price === null ? '' : `, ${price} ${currency ?? ''}`.trimEnd();
    return inBrackets('ordered', `${quantity ?? 1} × ${productId}${cost}`);
  });

const wordOrigin = ({ referral, product }: InboundDetails): string[] => {
  const from = /^ads?$/i.test(referral?.type ?? '') ? 'ad' : 'link';
  const origin = referral?.headline ?? referral?.url ?? null;
  return [
    ...(origin === null ? [] : [inBrackets(`came from the ${from}:`, origin)]),
    ...(product ? [inBrackets('asks about product', product.id)] : []),
  ];
};

// Several buttons may have the same title. The description, or the id that the business gave the button, says which one
// was pressed.
const wordButton = (text: string, { button }: InboundDetails): string => {
  if (!button || text === '') return text;
  if (button.description !== null) return `${text} (${oneLine(button.description)})`;
  const says = button.id !== null && button.id.length <= longestName && button.id !== text;
  return says ? `${text} ${inBrackets('button', button.id)}` : text;
};

// An email quotes the email that it answers, which the agent has read already.
const wordContent = (turn: StoredTurn, own: readonly string[]): string => {
  const { senderType, content, channel, subject } = turn;
  const isReply = senderType === 'contact' && channel === 'email';
  return isReply ? withoutQuotedTail(content ?? '', { subject, own }) : (content ?? '');
};

// Only for a message without a text: otherwise the vendor has put these words into the text.
const wordFilledIn = ({ form, order }: InboundDetails): string[] => [
  ...wordForm(form),
  ...wordOrder(order),
];

/**
 * One message as an agent reads it: its text, and in brackets everything beside it, in a natural order. `own` are our
 * mailboxes.
 */
export const wordTurn = (turn: StoredTurn, own: readonly string[]): string => {
  const { attachments, details, subject, answeredContent } = turn;
  const text = wordContent(turn, own).trim();
  const lines = [
    ...wordOrigin(details),
    wordButton(text, details),
    ...(text === '' ? wordFilledIn(details) : []),
    ...wordAttachments(attachments),
  ].filter((line) => line !== '');
  if (lines.length === 0 && subject !== null && turn.senderType === 'contact')
    return inBrackets('no text; subject:', subject);
  if (answeredContent === null) return lines.join('\n');
  return [...lines, inBrackets('corrected; you answered:', answeredContent)].join('\n');
};
