import * as z from 'zod';

/**
 * Everything that a message says, the same from the request to the provider. A new part is named here, read from the
 * request in `src/http/send-message.ts`, and used by the providers that carry it. Everything between passes the whole
 * on, and the database stores it without reading it. Every part except the text is optional.
 */
const content = z.object({ text: z.string() });
export type Content = Readonly<z.infer<typeof content>>;

/** The parts that are stored beside the text. */
export const contentParts = content.omit({ text: true });
export type ContentParts = Omit<Content, 'text'>;
