import * as z from 'zod';

/**
 * Parts of a message beside its text. A part that is new is named here, read from the request in `src/http/send-message.ts`,
 * and used by the providers that carry it: everything between them passes the whole on, and the database stores it unread.
 */
export const contentParts = z.object({}).readonly();
export type ContentParts = z.infer<typeof contentParts>;

/** All that a message says, the same from the request to the provider. */
export type Content = ContentParts & { readonly text: string };
