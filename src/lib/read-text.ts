/** Bytes; the longest answer that anybody has a reason to give. */
const longest = 1024 * 1024;

/** The body as text. Throws when it is longer than anyone has a reason to answer, or breaks off. */
export const readText = async (response: Response): Promise<string> => {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.length;
    if (length > longest) {
      await reader.cancel();
      throw new Error('the answer is too long');
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
};
