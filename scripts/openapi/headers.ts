const header = (description: string, example: string, required = false) => ({
  description,
  required,
  schema: { type: 'string' },
  example,
});

/** The headers that every response may have. */
export const headers = {
  'X-Request-Id': header(
    "The caller's own `X-Request-Id`, if it is 1 to 128 letters, digits or `_.:-`; else a new one.",
    'b2f1c1f0-6f0e-4a55-9a35-0d5a3f0f3f0b',
    true,
  ),
  RateLimit: header(
    'What the API key has left (r), and the seconds until all of it is back (t).',
    '"api-key";r=599;t=1',
  ),
  'RateLimit-Policy': header(
    'The requests (q) in a number of seconds (w) that the API key may make.',
    '"api-key";q=600;w=60',
  ),
  'Server-Timing': header(
    'Milliseconds that the database, the model and the provider took.',
    'db;dur=9.1, ai;dur=812.0, provider;dur=164.3',
  ),
  'Idempotent-Replayed': header(
    '`true`: this is what became of an earlier request with the same key. Nothing was sent now.',
    'true',
  ),
  'Idempotent-Replayed-Age': header(
    'With a replay: seconds since its message was stored. Of an old one, ask whether the key is not another message’s.',
    '12',
  ),
  'Retry-After': header('Seconds to wait before the same request is sent again.', '2'),
  'Preference-Applied': header(
    'The request is worked on after this response.',
    'respond-async',
    true,
  ),
  Location: header(
    'Where to ask what became of the message.',
    'https://crm.example.com/functions/v1/crm-api/messages/msg_01m837ck1ne4abwwb5vb7d9bzv',
    true,
  ),
} as const;

type HeaderName = keyof typeof headers;

/** References to the headers of one response. */
export const headersOf = (...names: readonly HeaderName[]) =>
  Object.fromEntries(
    ['X-Request-Id' as const, ...names].map((name) => [
      name,
      { $ref: `#/components/headers/${name}` },
    ]),
  );

export const sendHeaders = ['RateLimit', 'RateLimit-Policy', 'Server-Timing'] as const;

export const replayHeaders = ['Idempotent-Replayed', 'Idempotent-Replayed-Age'] as const;
