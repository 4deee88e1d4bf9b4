export type Mailbox = { readonly address: string; readonly name: string | null };

/** The mailbox, in lower case, and the name of `Name <mailbox>`. */
export const readMailbox = (text: string): Mailbox => {
  const start = text.lastIndexOf('<');
  const given = text.slice(0, Math.max(start, 0)).trim();
  const name = /^".*"$/s.test(given) ? given.slice(1, -1).replace(/\\(.)/gs, '$1') : given;
  const address = text.slice(start + 1).replace(/>\s*$/, '');
  return {
    address: address.trim().toLowerCase(),
    name: name.replaceAll('"', '').trim() || null,
  };
};

// RFC 5322, 3.2.3: an atom has none of these; what has goes between quotation marks.
const specials = /[()<>[\]:;@\\,."]/;

/** `Name <mailbox>` as a mail system reads it: a name with signs of the grammar is quoted, quoted or not as it is given. */
export const quoteName = (text: string): string => {
  const [, given, mailbox] = /^(.*?)\s*(<[^<>]*>)\s*$/s.exec(text) ?? [];
  if (!given || mailbox === undefined) return text;
  const name = /^".*"$/s.test(given) ? given.slice(1, -1).replace(/\\(.)/gs, '$1') : given;
  return specials.test(name)
    ? `"${name.replace(/["\\]/g, '\\$&')}" ${mailbox}`
    : `${name.trim()} ${mailbox}`;
};

/** The part behind the @, in lower case. */
export const domainOf = (address: string): string =>
  address.slice(address.lastIndexOf('@') + 1).toLowerCase();
