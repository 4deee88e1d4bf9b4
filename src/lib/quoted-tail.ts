import { isForward, isForwardMarker } from './forwarded-mail.ts';

// The line that mail programs put above a quotation: English, German, French, Spanish, Dutch, Italian, Portuguese.
const opens = /^\s*(?:On|Am|Le|El|Op|Il|Em)\s|\s(?:schrieb am|schreef op)\s/;
const closes =
  /\s(?:wrote|schrieb|a écrit|escribió|schreef|ha scritto|escreveu)(?=[\s:]).{0,150}:\s*$/u;
const mailbox = /<[^<>@\s]+@[^<>@\s]+/;

const separators = [
  /^\s*_{20,}\s*$/,
  /^\s*-{2,}\s*(?:Original Message|Ursprüngliche Nachricht|Message d['’]origine|Mensaje original|Oorspronkelijk bericht|Messaggio originale)\s*-{2,}\s*$/i,
];

// Outlook's block of headers. A single line may begin with "From:" by chance.
const from = /^\s*\*?(?:From|Von|De|Van|Da)\s?:\*?\s/;
const sent =
  /^\s*\*?(?:Sent|Gesendet|Envoyé|Enviado|Verzonden|Inviato|Subject|Betreff|Objet|Asunto|Onderwerp|Oggetto)\s?:/;

/** Lines that a mail program puts above a quotation. */
const headerLines = 6;

const isBlank = (line = ''): boolean => line.trim() === '';
const isQuote = (line = ''): boolean => /^\s*>/.test(line);

/** The index after an introduction, which programs break into up to three lines; 0: there is none here. */
const introductionEnd = (lines: readonly string[], index: number): number => {
  for (let end = index + 1; end <= index + 3 && !isBlank(lines[end - 1]); end += 1) {
    const line = lines.slice(index, end).join(' ').slice(0, 400);
    if (opens.test(line) && /\d/.test(line) && closes.test(line)) return end;
  }
  return 0;
};

const isHeaderBlock = (lines: readonly string[], index: number): boolean =>
  from.test(lines[index] ?? '') &&
  lines.slice(index + 1, index + headerLines).some((line) => sent.test(line));

/** The words of the tail's introduction, which say who wrote it; null: no tail begins here. */
const findHead = (lines: readonly string[], index: number, lastOwn: number): string | null => {
  if (isHeaderBlock(lines, index)) return lines[index] ?? '';
  if (separators.some((separator) => separator.test(lines[index] ?? ''))) {
    return lines.slice(index + 1, index + headerLines).find((line) => from.test(line)) ?? '';
  }
  const end = introductionEnd(lines, index);
  if (end === 0) return null;
  const head = lines.slice(index, end).join(' ');
  let next = end;
  while (next < lines.length && isBlank(lines[next])) next += 1;
  // Somebody who replies below a quotation, or between its lines, has not left it at the end.
  if (isQuote(lines[next])) return next > lastOwn ? head : null;
  // A sentence may also end in "wrote:", but a mail program names the mailbox.
  return mailbox.test(head) ? head : null;
};

export type ReplyContext = {
  readonly subject: string | null;
  /** Mailboxes that we send from, in lower case. */
  readonly own: readonly string[];
};

const names = (head: string, own: readonly string[]): boolean => {
  const words = head
    .slice(0, 1_000)
    .toLowerCase()
    .split(/[\s<>()[\]"',;:]+/);
  return words.some((word) => own.includes(word));
};

/** Never empty if the text was not. */
const cutAt = (lines: readonly string[], cut: number, text: string): string => {
  const kept = lines.slice(0, cut).join('\n').trim();
  return kept === '' ? text : kept;
};

/**
 * The new part of a reply by email, without the quotation of our own email, which the agent has already. A forwarded
 * email is kept, because it is the point of the message.
 */
export const withoutQuotedTail = (text: string, { subject, own }: ReplyContext): string => {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const lastOwn = lines.findLastIndex((line) => !isBlank(line) && !isQuote(line));
  const marker = lines.findIndex(isForwardMarker);
  const forwards = marker >= 0 || isForward(subject);
  const end = marker < 0 ? lines.length : marker;
  const cut = lines.slice(0, end).findIndex((_, index) => findHead(lines, index, lastOwn) !== null);
  const head = cut < 0 ? null : findHead(lines, cut, lastOwn);
  if (forwards) return head !== null && names(head, own) ? cutAt(lines, cut, text) : text;
  return cutAt(lines, head === null ? lastOwn + 1 : Math.min(cut, lastOwn + 1), text);
};
