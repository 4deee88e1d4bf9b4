import type { Fetch } from '../../../src/ports/io.ts';

export const points = ['before', 'during', 'after'] as const;

/** The fault of the database calls of one name, from the first one on. Each call is tried three times. */
export const outages = [
  'answers 503',
  'cuts the connection',
  'loses one answer',
  'loses its answers',
  'is away from here on',
  'loses its answers, then is away',
] as const;

export type MatrixFault =
  /** The process is killed at its call number `at`: before the call, after its effect, or after its response. */
  | { readonly type: 'kill'; readonly at: number; readonly point: (typeof points)[number] }
  | { readonly type: 'database'; readonly at: number; readonly how: (typeof outages)[number] };

export type FaultyFetch = {
  readonly fetch: Fetch;
  /** The names of the calls made so far. */
  readonly calls: readonly string[];
  /** Resolves when the process is killed. */
  readonly death: Promise<void>;
};

const tries = 3;

/** The name of a database function, or of the host that is called. */
const nameCall = (address: string): string => {
  const { pathname, hostname } = new URL(address);
  if (pathname.startsWith('/rest/v1/rpc/')) return pathname.replace('/rest/v1/rpc/', '');
  return /openai|anthropic/.test(hostname) ? 'model' : 'provider';
};

const isDatabase = (name: string): boolean => name !== 'model' && name !== 'provider';

/** The whole response has arrived, so reading it is no further I/O. */
const complete = async (answer: Promise<Response>): Promise<Response> => {
  const { status, headers, ...response } = await answer.then(async (arrived) => ({
    status: arrived.status,
    headers: arrived.headers,
    body: await arrived.arrayBuffer(),
  }));
  return new Response(response.body.byteLength === 0 ? null : response.body, { status, headers });
};

const broken = (): Response => {
  throw new TypeError('fetch failed');
};

/** The fate of one try: does the call arrive, and does its response? `null`: nothing is wrong. */
const judgeTry = (how: (typeof outages)[number], tried: number) => {
  const again = tried <= tries;
  switch (how) {
    case 'answers 503':
      return again ? ({ arrives: false, answer: 503 } as const) : null;
    case 'cuts the connection':
      return again ? ({ arrives: false, answer: 'none' } as const) : null;
    case 'loses one answer':
      return tried === 1 ? ({ arrives: true, answer: 'none' } as const) : null;
    case 'loses its answers':
      return again ? ({ arrives: true, answer: 'none' } as const) : null;
    case 'is away from here on':
      return { arrives: false, answer: 'none' } as const;
    case 'loses its answers, then is away':
      return { arrives: again, answer: 'none' } as const;
  }
};

/** All calls of one API process go through here, and meet the fault. */
export const createFaultyFetch = (route: Fetch, fault: MatrixFault | null): FaultyFetch => {
  const calls: string[] = [];
  const { promise: death, resolve: die } = Promise.withResolvers<void>();
  const never = new Promise<never>(() => undefined);
  let dead = false;
  let tried = 0;

  const kill = () => {
    dead = true;
    die();
    return never;
  };
  const killAt = async (point: (typeof points)[number], call: () => Promise<Response>) => {
    if (point === 'before') return kill();
    const answer = await complete(call());
    const end = kill();
    return point === 'after' ? answer : end;
  };
  const failDatabase = async (how: (typeof outages)[number], call: () => Promise<Response>) => {
    tried += 1;
    const fate = judgeTry(how, tried);
    if (fate === null) return call();
    if (fate.arrives) await complete(call());
    return fate.answer === 503 ? new Response('upstream is away', { status: 503 }) : broken();
  };
  const isHit = (name: string, index: number): boolean => {
    if (fault === null || index < fault.at) return false;
    if (fault.type === 'kill') return index === fault.at;
    return (
      name === calls[fault.at] ||
      (isDatabase(name) && fault.how.endsWith('away from here on')) ||
      (isDatabase(name) && fault.how.endsWith('then is away'))
    );
  };

  const fetch: Fetch = async (url, init) => {
    if (dead) return never;
    const name = nameCall(url);
    const index = calls.push(name) - 1;
    const call = () => route(url, init);
    if (fault === null || !isHit(name, index)) return call();
    return fault.type === 'kill' ? killAt(fault.point, call) : failDatabase(fault.how, call);
  };
  return { fetch, calls, death };
};
