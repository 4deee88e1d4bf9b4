import type { PgliteConnection } from '@supabase/lite/pglite';

type Context = {
  readonly auth?: { readonly role?: string; readonly uid?: unknown; readonly jwt?: unknown };
  readonly storage?: { readonly operation?: string };
};

type RpcRequest = {
  readonly method: string;
  readonly path: string;
  readonly requestHeaders?: Readonly<Record<string, string>>;
};

const session = `select
  set_config('role', $1, true),
  set_config('request.jwt.claim.sub', $2, true),
  set_config('request.jwt.claim.role', $1, true),
  set_config('storage.operation', $3, true),
  set_config('request.jwt.claims', $4, true)`;

const rpc = `select
  set_config('response.status', '', true),
  set_config('response.headers', '', true),
  set_config('request.method', $1, true),
  set_config('request.path', $2, true),
  set_config('request.headers', $3, true)`;

/**
 * Lite says in eleven queries who asks and how, before the one that was asked for, and most of the time of a test run went
 * there. Here it takes two, with the same effect: they run in the transaction of the request, for the session is the only one.
 */
export const setContextAtOnce = (connection: PgliteConnection): void => {
  const { driver } = connection;
  const applyJwtSessionContext = async (_: unknown, { auth = {}, storage = {} }: Context) => {
    const { role = 'anon', uid = '', jwt } = auth;
    const claims = typeof jwt === 'object' && jwt !== null ? JSON.stringify(jwt) : '';
    await driver.query(session, [role, String(uid ?? ''), storage.operation ?? '', claims]);
  };
  const applyRpcRequestGucs = async (_: unknown, request: RpcRequest) => {
    const { method, path, requestHeaders = {} } = request;
    await driver.query(rpc, [method, path, JSON.stringify(requestHeaders)]);
  };
  Object.assign(connection, { applyJwtSessionContext, applyRpcRequestGucs });
};
