export type Mailbox = { readonly address: string; readonly name: string | null };

const quotedString = /^"((?:[^"\\]|\\.)*)"$/s;

/** The words of a name, without the quotation marks that the grammar asks for. */
const unquote = (name: string): string => {
  const [, inside] = quotedString.exec(name) ?? [];
  return inside === undefined ? name : inside.replace(/\\(.)/gs, '$1');
};

/** The mailbox, in lower case, and the name of `Name <mailbox>`. */
export const readMailbox = (text: string): Mailbox => {
  const start = text.lastIndexOf('<');
  const name = unquote(text.slice(0, Math.max(start, 0)).trim());
  const address = text.slice(start + 1).replace(/>\s*$/, '');
  return {
    address: address.trim().toLowerCase(),
    name: name.replaceAll('"', '').trim() || null,
  };
};

// RFC 5322, 3.2.3: an atom has none of these; a name that has one goes between quotation marks.
const specials = /[()<>[\]:;@\\,."]/;

/** `Name <mailbox>` as a mail system reads it, whether its name is quoted already, has to be, or needs no marks. */
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

/** The part behind the @, in lower case. */
export const domainOf = (address: string): string =>
  address.slice(address.lastIndexOf('@') + 1).toLowerCase();
