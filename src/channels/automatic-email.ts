type Headers = { readonly get: (name: string) => string | undefined };

// "Do not reply" in several languages, and the programs that bounce mail.
const machines = new RegExp(
  [
    /(?:^|[-_.+])(?:no|do[-_.]?not|never)[-_.]?(?:reply|respond|answer)(?=[-_.+@\d])/,
    /(?:^|[-_.+])(?:ne[-_.]?pas[-_.]?r[eé]pondre|nicht[-_.]?antworten|keine[-_.]?antwort)(?=[-_.+@\d])/,
    /(?:^|[-_.+])(?:no[-_.]?respond(?:er|a)|n[aã]o[-_.]?respond(?:er|a)|non[-_.]?rispondere)(?=[-_.+@\d])/,
    /(?:^|[-_.+])(?:niet[-_.]?(?:be)?antwoorden|geen[-_.]?antwoord)(?=[-_.+@\d])/,
    /^(?:mailer-daemon|postmaster|bounces?|auto[-_.]?(?:reply|responder))(?=[-_.+@])/,
  ]
    .map(({ source }) => source)
    .join('|'),
);

/** Whether nobody reads mail to this address. */
export const isMachine = (address: string): boolean => machines.test(address);

// Vacation programs, and mailing lists (RFC 2369 and 2919). Bulk senders have to say how to unsubscribe, so this finds
// newsletters from any address.
const marks = [
  'list-id',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'list-post',
  'list-owner',
  'list-archive',
  'list-subscribe',
  'list-help',
  'mailing-list',
  'x-mailing-list',
  'x-autoreply',
  'x-autorespond',
  'x-autoresponder',
  'x-auto-reply',
  'x-mail-autoreply',
  'x-autoreply-from',
  'x-failed-recipients',
  'x-fc-machinegenerated',
  'x-csa-complaints',
  'x-campaign',
  'x-campaignid',
  'x-campaign-id',
];

/**
 * Whether its headers say that no person wrote it to us: RFC 3834, and the headers that list and vacation programs use
 * instead.
 */
export const isAutomatic = (headers: Headers): boolean => {
  const read = (name: string) => headers.get(name)?.toLowerCase() ?? '';
  return (
    !/^(?:no\b|$)/.test(read('auto-submitted')) ||
    ['precedence', 'x-precedence'].some((name) =>
      /^(?:bulk|junk|list|auto[-_]?reply)$/.test(read(name)),
    ) ||
    /\b(?:all|oof|autoreply)\b/.test(read('x-auto-response-suppress')) ||
    /^(?:multipart\/report|message\/(?:delivery-status|disposition-notification))\b/.test(
      read('content-type'),
    ) ||
    /\bautoresponder\b/.test(`${read('x-post-messageclass')} ${read('delivered-to')}`) ||
    read('return-path') === '<>' ||
    marks.some((name) => headers.get(name) !== undefined)
  );
};
