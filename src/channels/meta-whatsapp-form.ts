import * as z from 'zod';
import { cleanText } from '../lib/clean-text.ts';
import { parseVendorJson, word } from './webhook-body.ts';

export const formSchema = z.object({ name: word, body: word, response_json: word });

type Form = Readonly<Record<string, unknown>>;

const fields = z.record(z.string(), z.unknown());

/** How deep a form's answers may be nested. Deeper ones stay the text that they came as. */
const deepest = 4;

const isShallow = (value: unknown, depth: number): boolean =>
  value === null ||
  typeof value !== 'object' ||
  (depth > 0 && Object.values(value).every((part) => isShallow(part, depth - 1)));

// The token is the business's own, not an answer of the contact's.
const toForm = (json: string): Form => {
  const parsed = fields.safeParse(parseVendorJson(json));
  if (!parsed.success || !isShallow(parsed.data, deepest)) return { response: json };
  const answers = Object.entries(parsed.data).filter(([name]) => name !== 'flow_token');
  return Object.fromEntries(answers.map(([name, value]) => [cleanText(name), value]));
};

const toWords = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(toWords).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/**
 * The contact's answers in a form, a line for each field; null if there are none. Meta's text for a submitted flow is
 * always "Sent"; other forms, such as an address, have the answers in their text.
 */
export const readForm = ({
  name,
  body,
  response_json,
}: z.infer<typeof formSchema>): { readonly text: string; readonly form: Form } | null => {
  const form = response_json === null ? {} : toForm(response_json);
  const lines = Object.entries(form).map(([field, value]) => `${field}: ${toWords(value)}`);
  const isSaid = body !== null && (lines.length === 0 || (name !== null && name !== 'flow'));
  const text = [...(isSaid ? [body] : []), ...lines].join('\n');
  return text === '' ? null : { text, form };
};
