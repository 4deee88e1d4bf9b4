export type Mailbox = { readonly address: string; readonly name: string | null };

const quotedString = /^"((?:[^"\\]|\\.)*)"$/s;

/** The words of a name, without quotation marks. */
const unquote = (name: string): string => {
  const [, inside] = quotedString.exec(name) ?? [];
  return inside === undefined ? name : inside.replace(/\\(.)/gs, '$1');
};

/** Reads `Name <mailbox>`; the mailbox comes in lower case. */
export const readMailbox = (text: string): Mailbox => {
  const start = text.lastIndexOf('<');
  const name = unquote(text.slice(0, Math.max(start, 0)).trim());
  const address = text.slice(start + 1).replace(/>\s*$/, '');
  return {
    address: address.trim().toLowerCase(),
    name: name.replaceAll('"', '').trim() || null,
  };
};

// RFC 5322, 3.2.3: an atom has none of these. A name that has one must be quoted.
const specials = /[()<>[\]:;@\\,."]/;

/** Writes `Name <mailbox>` as mail systems read it, with quotation marks if the name needs them. */
export const quoteName = (text: string): string => {
  const start = text.lastIndexOf('<');
  if (start < 0) return text;
  const name = unquote(text.slice(0, start).trim()).trim();
  const mailbox = text.slice(start).trim();
  if (name === '') return mailbox.slice(1, -1);
  return specials.test(name)
    ? `"${name.replace(/["\\]/g, '\\$&')}" ${mailbox}`
    : `${name} ${mailbox}`;
};

/** The part after the @, in lower case. */
export const domainOf = (address: string): string =>
  address.slice(address.lastIndexOf('@') + 1).toLowerCase();
