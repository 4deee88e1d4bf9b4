import { readdir, readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { extname, join } from 'node:path';

const folder = join(import.meta.dirname, 'page');

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const headersFor = (name: string) => ({
  'content-type': types[extname(name)] ?? 'application/octet-stream',
  'content-security-policy': policy,
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
});

const isTypeScript = (name: string): boolean => extname(name) === '.ts';

/** The page's own files by name. TypeScript is served without its types. Null: no such file. */
export const servePageFile = async (name: string): Promise<Response | null> => {
  const names = await readdir(folder, { recursive: true });
  if (!names.includes(name) || extname(name) === '') return null;
  const text = await readFile(join(folder, name), 'utf8');
  const body = isTypeScript(name) ? stripTypeScriptTypes(text) : text;
  return new Response(body, { headers: headersFor(name) });
};
