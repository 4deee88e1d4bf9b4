import * as z from 'zod';
import { isBusinessScopedId } from '../lib/business-scoped-id.ts';
import { maybe, word } from './webhook-body.ts';

// Anything else is not guessed at: its digits may be a stranger's number.
const phoneNumber = /^\+?\d[\d\s().-]{4,30}$/;

/** E.164; null: it is no number. */
export const toNumber = (number: string | null): string | null =>
  number !== null && phoneNumber.test(number) ? `+${number.replace(/\D/g, '')}` : null;

const scoped = (id: string | null): string | null => (id && isBusinessScopedId(id) ? id : null);

/** The addresses of a person, the one to answer first; none, where Meta names neither number nor business-scoped id. */
export const toAddresses = (number: string | null, userId: string | null): string[] =>
  [scoped(number) ? null : toNumber(number), scoped(userId) ?? scoped(number)].filter(
    (address) => address !== null,
  );

/** Who wrote: beside the messages of a call, not in them. */
export const contactSchema = z.object({
  wa_id: word,
  user_id: word,
  profile: maybe(z.object({ name: word })),
});
type Contact = z.infer<typeof contactSchema>;

/**
 * What the call says beside its messages of one person. The only one that it names is that person where the message does not
 * name another: one person's id beside another's number would make one contact of two.
 */
export const findContact = (
  contacts: readonly Contact[],
  number: string | null,
  userId: string | null,
): Contact | null => {
  const isMeant = ({ wa_id, user_id }: Contact) =>
    (number !== null && wa_id === number) || (userId !== null && user_id === userId);
  const [only = null, ...others] = contacts;
  const differs = (one: string | null, other: string | null) =>
    one !== null && other !== null && one !== other;
  const isOther =
    others.length > 0 ||
    differs(only?.wa_id ?? null, number) ||
    differs(only?.user_id ?? null, userId);
  return contacts.find(isMeant) ?? (isOther ? null : only);
};
