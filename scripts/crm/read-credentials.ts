import { z } from 'zod';
import type { Session } from './context.ts';
import type { findProvider } from './providers.ts';
import { withoutUnseen } from './typed-text.ts';

type Provider = ReturnType<typeof findProvider>;
type Values = Readonly<Record<string, unknown>>;

type Field = { readonly name: string; readonly required: boolean; readonly isSwitch: boolean };

const fieldsOf = ({ name, credentials }: Provider): readonly Field[] => {
  if (!(credentials instanceof z.ZodObject)) throw new Error(`${name} has no list of fields.`);
  return Object.entries(credentials.shape).map(([field, schema]) => ({
    name: field,
    required: !z.safeParse(schema, undefined).success,
    isSwitch: z.safeParse(schema, true).success,
  }));
};

const parseJson = (json: string): unknown => {
  try {
    return JSON.parse(json, (_, value) =>
      typeof value === 'string' ? withoutUnseen(value) : value,
    );
  } catch {
    throw new Error('CREDENTIALS is not JSON: it has to look like {"field":"value"}.');
  }
};

const askField = async ({ terminal }: Session, { name, required, isSwitch }: Field) => {
  if (isSwitch) return terminal.confirm(`${name}?`);
  const value = await terminal.askSecret(required ? name : `${name} (may be left empty)`);
  // A value copied from a vendor's page may contain invisible characters.
  const secret = withoutUnseen(value);
  return secret === '' ? undefined : secret;
};

const askFields = async (session: Session, fields: readonly Field[]): Promise<Values> => {
  const values: Record<string, unknown> = {};
  for (const field of fields) {
    const value = await askField(session, field);
    if (value !== undefined) values[field.name] = value;
  }
  return values;
};

/** Names fields, never their values. */
const checkFields = (provider: Provider, fields: readonly Field[], given: unknown): void => {
  const fit = provider.credentials.safeParse(given);
  if (!fit.success) {
    const wrong = new Set(fit.error.issues.map(({ path }) => path.join('.') || 'the whole'));
    throw new Error(
      `The credentials do not fit ${provider.name}; missing or malformed: ${[...wrong].join(', ')}.`,
    );
  }
  const known = fields.map(({ name }) => name);
  const names = typeof given === 'object' && given !== null ? Object.keys(given) : [];
  const count = names.filter((name) => !known.includes(name)).length;
  if (count > 0) {
    throw new Error(
      `The credentials have fields that ${provider.name} does not know: it knows ${known.join(', ')}.`,
    );
  }
};

/**
 * The credentials of a new connection: from CREDENTIALS, as JSON, or asked for field by field and not shown. They are
 * not an option, because lists of processes show options. Errors repeat none of them.
 */
export const readCredentials = async (session: Session, provider: Provider): Promise<unknown> => {
  const fields = fieldsOf(provider);
  const json = session.environment.CREDENTIALS;
  if (!json && !session.terminal.isInteractive) {
    const example = JSON.stringify(
      Object.fromEntries(fields.filter(({ required }) => required).map(({ name }) => [name, '…'])),
    );
    throw new Error(
      `There is nobody to ask for the credentials: run this in a terminal, or set CREDENTIALS, such as CREDENTIALS='${example}'.`,
    );
  }
  const given = json ? parseJson(json) : await askFields(session, fields);
  checkFields(provider, fields, given);
  return given;
};
