// How mail programs introduce what they quote: English, German, French, Spanish, Dutch, Italian, Portuguese.
const opens = /^\s*(?:On|Am|Le|El|Op|Il|Em)\s|\s(?:schrieb am|schreef op)\s/;
const closes =
  /\s(?:wrote|schrieb|a écrit|escribió|schreef|ha scritto|escreveu)(?=[\s:]).{0,150}:\s*$/u;

const separators = [
  /^\s*_{20,}\s*$/,
  /^\s*-{2,}\s*(?:Original Message|Ursprüngliche Nachricht|Message d['’]origine|Mensaje original|Oorspronkelijk bericht|Messaggio originale)\s*-{2,}\s*$/i,
];

// Outlook's block of headers; anybody may write a line that begins with "From:".
const from = /^\s*\*?(?:From|Von|De|Van|Da)\s?:\*?\s/;
const sent =
  /^\s*\*?(?:Sent|Gesendet|Envoyé|Enviado|Verzonden|Inviato|Subject|Betreff|Objet|Asunto|Onderwerp|Oggetto)\s?:/;

const isBlank = (line = ''): boolean => line.trim() === '';
const isQuote = (line = ''): boolean => /^\s*>/.test(line);

/** The line after an introduction, which programs break into as many as three; 0: there is none here. */
const introductionEnd = (lines: readonly string[], index: number): number => {
  for (let end = index + 1; end <= index + 3 && !isBlank(lines[end - 1]); end += 1) {
    const line = lines.slice(index, end).join(' ').slice(0, 400);
    if (opens.test(line) && /\d/.test(line) && closes.test(line)) return end;
  }
  return 0;
};

const isHeaderBlock = (lines: readonly string[], index: number): boolean =>
  from.test(lines[index] ?? '') &&
  lines.slice(index + 1, index + 6).some((line) => sent.test(line));

/** What a person wrote in a reply by email, without the mail that it answers. Never empty where the text was not. */
export const withoutQuotedTail = (text: string): string => {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const lastOwn = lines.findLastIndex((line) => !isBlank(line) && !isQuote(line));
  // Whoever answers below a quotation, or between its lines, has not left it at the end.
  const isTail = (index: number): boolean => {
    const end = introductionEnd(lines, index);
    if (end === 0) return false;
    let next = end;
    while (next < lines.length && isBlank(lines[next])) next += 1;
    return next > lastOwn || !isQuote(lines[next]);
  };
  const cut = lines.findIndex(
    (line, index) =>
      index > lastOwn ||
      separators.some((separator) => separator.test(line)) ||
      isHeaderBlock(lines, index) ||
      isTail(index),
  );
  const own = (cut < 0 ? lines : lines.slice(0, cut)).join('\n').trim();
  return own === '' ? text : own;
};
