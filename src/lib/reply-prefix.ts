// `Re:` as mail programs write it in other languages, also `Re[2]:`.
const isReply = /^\s*(?:re|aw|antw|sv|vs|res|ris?f?|odp|ynt|vá|ref)\s?(?:\[\d+\])?\s?:/i;

/** The words before the subject of a reply to an email with this subject; null: that email has none. */
export const toReplyPrefix = (subject: string | null): '' | 'Re: ' =>
  subject !== null && isReply.test(subject) ? '' : 'Re: ';
