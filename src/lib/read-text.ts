import { parseJson } from './parse-json.ts';

/** Bytes. No honest response is longer. */
const longest = 1024 * 1024;

/** Bytes of the text, if the response says so. If it is packed, its length is not the text's. */
const saidLength = ({ headers }: Response): number | null => {
  const length = headers.get('content-length');
  return length === null || headers.has('content-encoding') ? null : Number(length);
};

/** The body as text; null if it is longer than the limit. Throws if it breaks off. */
export const readTextUpTo = async (most: number, response: Response): Promise<string | null> => {
  const said = saidLength(response);
  // Every runtime reads a body at once for less than it takes to read it part by part.
  if (said !== null && said <= most) return response.text();
  const reader = response.body?.getReader();
  if (!reader) return '';
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.length;
    if (length > most) {
      await reader.cancel();
      return null;
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
};

/** The body as text. Throws if it is longer than any honest response, or breaks off. */
export const readText = async (response: Response): Promise<string> => {
  const text = await readTextUpTo(longest, response);
  if (text === null) throw new Error('the answer is too long');
  return text;
};

/** The body as JSON; undefined if it is none, breaks off or is too long, because the status says enough then. */
export const readJson = (response: Response): Promise<unknown> =>
  readText(response).then(parseJson, () => undefined);
