import * as z from 'zod';
import { isBusinessScopedId } from '../lib/business-scoped-id.ts';
import { maybe, word } from './webhook-body.ts';

// Nothing else is guessed: its digits may be a stranger's number.
const phoneNumber = /^\+?\d[\d\s().-]{4,30}$/;

/** E.164; null if it is not a number. */
export const toNumber = (number: string | null): string | null =>
  number !== null && phoneNumber.test(number) ? `+${number.replace(/\D/g, '')}` : null;

const scoped = (id: string | null): string | null => (id && isBusinessScopedId(id) ? id : null);

/** A person's addresses, the one to reply to first; empty if Meta names neither a number nor a business-scoped id. */
export const toAddresses = (number: string | null, userId: string | null): string[] =>
  [scoped(number) ? null : toNumber(number), scoped(userId) ?? scoped(number)].filter(
    (address) => address !== null,
  );

/** The writers, whom a call lists beside its messages. */
export const contactSchema = z.object({
  wa_id: word,
  user_id: word,
  profile: maybe(z.object({ name: word })),
});
type Contact = z.infer<typeof contactSchema>;

export type FindContact = (number: string | null, userId: string | null) => Contact | null;

const differs = (one: string | null, other: string | null): boolean =>
  one !== null && other !== null && one !== other;

/**
 * Finds the writer of a message among the contacts of the call. If the message names nobody, the only contact is the
 * writer. One person's id must never be paired with another's number, which would merge two contacts.
 */
export const contactFinder = (contacts: readonly Contact[]): FindContact => {
  const byNumber = new Map(contacts.map((contact) => [contact.wa_id, contact]));
  const byUserId = new Map(contacts.map((contact) => [contact.user_id, contact]));
  const [only = null, ...others] = contacts;
  return (number, userId) => {
    const meant =
      (number === null ? null : byNumber.get(number)) ??
      (userId === null ? null : byUserId.get(userId));
    if (meant) return meant;
    const isOther = !only || differs(only.wa_id, number) || differs(only.user_id, userId);
    return others.length > 0 || isOther ? null : only;
  };
};
