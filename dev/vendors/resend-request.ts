import { z } from 'zod';
import { demoData } from '../demo-data.ts';
import { checkBody, type FieldProblem } from './check-body.ts';

// Names: resend.com/docs/api-reference/errors; fields: resend-openapi, SendEmailRequest.

export type ResendRefusal = {
  readonly statusCode: number;
  readonly name: string;
  readonly message: string;
};

const addresses = z.union([z.string(), z.array(z.string()).min(1).max(50)]);
const tagText = z
  .string()
  .min(1)
  .max(256)
  .regex(
    /^[A-Za-z0-9_-]+$/,
    'Tags should only contain ASCII letters, numbers, underscores, or dashes.',
  );

const emailSchema = z.strictObject({
  from: z.string(),
  to: addresses,
  subject: z.string(),
  bcc: addresses.optional(),
  cc: addresses.optional(),
  reply_to: addresses.optional(),
  html: z.string().optional(),
  text: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  scheduled_at: z.string().optional(),
  attachments: z.array(z.looseObject({})).optional(),
  tags: z.array(z.strictObject({ name: tagText, value: tagText })).optional(),
  topic_id: z.string().optional(),
});

export type Email = z.output<typeof emailSchema>;

const refuse = (name: string, message: string, statusCode = 422): ResendRefusal => ({
  statusCode,
  name,
  message,
});

const addressFormat =
  'The email address needs to follow the `email@example.com` or `Name <email@example.com>` format.';

// RFC 5322, 3.4, with the letters of RFC 6532: a name is atoms and quoted strings.
const word = /(?:[^\s()<>[\]:;@\\,."\p{Cc}]+|"(?:[^"\\\r\n]|\\[^\r\n])*")/u.source;
const mailbox = new RegExp(`^\\s*(?:${word}\\s*)*<([^<>\\s]+)>\\s*$`, 'u');

const bareAddress = (text: string): string => mailbox.exec(text)?.[1] ?? text;
const isAddress = (text: string): boolean =>
  !/[\r\n]/.test(text) && z.email().safeParse(bareAddress(text)).success;

export const listAddresses = (field: z.output<typeof addresses> | undefined): readonly string[] =>
  field === undefined ? [] : [field].flat();

const refuseField = ({ kind, field, message }: FieldProblem): ResendRefusal => {
  if (kind === 'missing') return refuse('missing_required_field', `Missing \`${field}\` field.`);
  if (kind === 'unknown') return refuse('validation_error', message);
  return refuse('validation_error', `Invalid \`${field}\` field. ${message}`);
};

const refuseAddresses = (email: Email): ResendRefusal | null => {
  if (!isAddress(email.from)) {
    return refuse('invalid_from_address', `Invalid \`from\` field. ${addressFormat}`);
  }
  for (const field of ['to', 'cc', 'bcc', 'reply_to'] as const) {
    if (!listAddresses(email[field]).every(isAddress)) {
      return refuse('validation_error', `Invalid \`${field}\` field. ${addressFormat}`);
    }
  }
  const domain = bareAddress(email.from).split('@')[1];
  if (domain?.toLowerCase() === demoData.resend.domain) return null;
  const message = `The ${domain} domain is not verified. Please, add and verify your domain on https://resend.com/domains`;
  return refuse('validation_error', message, 403);
};

const refuseContent = ({ subject, html, text }: Email): ResendRefusal | null => {
  if (/[\r\n]/.test(subject)) {
    return refuse('validation_error', 'The `\\n` is not allowed in the `subject` field.');
  }
  if (html === undefined && text === undefined) {
    return refuse('validation_error', 'Missing `html` or `text` field.');
  }
  return null;
};

export const readEmail = (body: unknown): Email | ResendRefusal => {
  const checked = checkBody(emailSchema, body);
  if (!checked.ok) return refuseField(checked.problem);
  const { value } = checked;
  return refuseAddresses(value) ?? refuseContent(value) ?? value;
};
