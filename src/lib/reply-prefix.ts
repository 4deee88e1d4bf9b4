// `Re:` as mail programs write it in other languages, also `Re[2]:`.
const isReply = /^\s*(?:re|aw|antw|sv|vs|res|ris?f?|odp|ynt|vá|ref)\s?(?:\[\d+\])?\s?:/i;

/** What stands before the subject of an email that answers one with this subject, or one without. */
export const toReplyPrefix = (subject: string | null): '' | 'Re: ' =>
  subject !== null && isReply.test(subject) ? '' : 'Re: ';
