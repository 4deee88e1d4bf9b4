import type { Transport } from './three-calls.ts';

type Fetch = (
  url: string,
  init: { method: string; headers: Readonly<Record<string, string>>; body: string },
) => Promise<Response>;

/** By a `fetch`: the runtime's own unless another is given. */
export const overFetch =
  (ask: Fetch = (url, init) => fetch(url, init)): Transport =>
  (url, headers) =>
  async (body) => {
    const response = await ask(url, { method: 'POST', headers, body });
    return response.json();
  };
