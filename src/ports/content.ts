import * as z from 'zod';

/**
 * All that a message says, the same from the request to the provider. A part that is new is named here, read from the request
 * in `src/http/send-message.ts`, and used by the providers that carry it: everything between them passes the whole on, and the
 * database stores it without reading it. Each part but the text is optional.
 */
const content = z.object({ text: z.string() });
export type Content = Readonly<z.infer<typeof content>>;

/** What is stored beside the text. */
export const contentParts = content.omit({ text: true });
export type ContentParts = Omit<Content, 'text'>;
