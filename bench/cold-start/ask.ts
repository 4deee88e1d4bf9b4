/** The first request to a fresh process or isolate; it needs no database. */
export type Ask = {
  readonly about: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** The empty app refuses every POST with 401. */
  readonly status: { readonly ours: number; readonly empty: number };
};

const post = {
  method: 'POST',
  path: '/send-message',
  body: JSON.stringify({ content: 'Hello' }),
} as const;
const json = { 'content-type': 'application/json' };

export const asks: readonly Ask[] = [
  {
    about: 'GET /health, 200',
    method: 'GET',
    path: '/health',
    headers: {},
    body: null,
    status: { ours: 200, empty: 200 },
  },
  {
    ...post,
    about: 'POST /send-message with what is no key, 401',
    headers: { ...json, 'x-api-key': 'not-a-key' },
    status: { ours: 401, empty: 401 },
  },
  {
    // zod prepares its parser at the first parse. That cost is measured here, because every message pays it too.
    ...post,
    about: 'POST /send-message with fields missing, 400',
    headers: { ...json, 'x-api-key': 'cfy_of_nobody_at_all' },
    status: { ours: 400, empty: 401 },
  },
];

/** Sends the request and reads the whole response. Throws if it is not the expected one. */
export const sendAsk = async (baseUrl: string, ask: Ask, subject: keyof Ask['status']) => {
  const { method, headers, body } = ask;
  // workerd closes a connection whose request's body it has not read, while the next request may be on its way.
  const response = await fetch(`${baseUrl}${ask.path}`, {
    method,
    headers: { ...headers, connection: 'close' },
    body,
  });
  const text = await response.text();
  if (response.status !== ask.status[subject]) {
    throw new Error(`${subject} answered ${ask.about} with ${response.status}: ${text}`);
  }
};
