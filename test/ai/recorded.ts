import type { AiProvider, ComposeRequest } from '../../src/ports/ai.ts';
import type { Fetch } from '../../src/ports/io.ts';

/** Composes against a server that answers 200 with this body, and returns its request too. */
export const recorded = async (
  provider: AiProvider,
  credentials: unknown,
  request: ComposeRequest,
  body: unknown,
) => {
  const seen: { url: string; init: RequestInit | undefined }[] = [];
  const fetch: Fetch = async (url, init) => {
    seen.push({ url, init });
    return Response.json(body);
  };
  const io = { fetch, signal: new AbortController().signal };
  const outcome = await provider.compose(credentials, request, io);
  const [call] = seen;
  const sent: unknown = JSON.parse(String(call?.init?.body));
  return {
    outcome,
    url: call?.url,
    sent,
    headers: Object.fromEntries(new Headers(call?.init?.headers)),
  };
};
