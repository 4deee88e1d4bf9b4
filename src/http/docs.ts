import { Hono } from 'hono';
import type { Deps } from '../ports/deps.ts';
import type { HttpEnvironment } from './environment.ts';

/**
 * https://github.com/scalar/scalar, from a CDN, and only the file with this hash. test/hosts/docs-script.test.ts
 * computes it.
 */
export const docsScript = {
  version: '1.72.1',
  url: 'https://cdn.jsdelivr.net/npm/@scalar/api-reference@1.72.1/dist/browser/standalone.js',
  integrity: 'sha384-U11tb2XnKvmwt8RlTvnwUnYgrN+ur4Xyh9htLhjajWNR/Oyl5AX5DEz00qRmlrmK',
} as const;

// Switches off everything that sends a reader's actions to a third party: telemetry, proxy, agent, fonts from
// elsewhere.
const configuration = JSON.stringify({
  telemetry: false,
  proxyUrl: '',
  agent: { disabled: true },
  mcp: { disabled: true },
  withDefaultFonts: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  defaultOpenAllTags: true,
});

// The page has these words from the beginning, and CSS shows them after a moment unless the viewer has loaded. So they
// appear without a script of ours, even if the viewer's script is blocked, hangs, has another hash or is not run at
// all.
const style = `
#instead { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem; animation: appear 0s 1.5s both }
@keyframes appear { from { visibility: hidden } to { visibility: visible } }
body:has(.scalar-app) #instead { display: none }
`;

const instead = (openapiUrl: string) => `<main id="instead">
<h1>The reference is not here yet</h1>
<p>The viewer comes from ${new URL(docsScript.url).host}, which has not answered, or which your network or your browser does not let through.
It needs JavaScript.</p>
<p>The same as JSON: <a href="${openapiUrl}">openapi.json</a>. Any viewer of OpenAPI shows it.</p>
</main>`;

const page = (openapiUrl: string) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>crm-api: reference</title><style>${style}</style>
<noscript><style>#instead { animation: none }</style></noscript></head>
<body>
${instead(openapiUrl)}
<script id="api-reference" data-url="${openapiUrl}" data-configuration='${configuration}'></script>
<script src="${docsScript.url}" integrity="${docsScript.integrity}" crossorigin="anonymous"></script>
</body>
</html>
`;

const policy = (publicUrl: string) =>
  [
    "default-src 'none'",
    `script-src ${docsScript.url}`,
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    'font-src data:',
    `connect-src 'self' ${new URL(publicUrl).origin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** The reference for people. A host that cannot serve pages says in plain text where it is. */
export const createDocsRoute = ({ publicUrl }: Deps, servesPages: boolean) =>
  new Hono<HttpEnvironment>().get('/docs', (c) => {
    c.header('X-Content-Type-Options', 'nosniff');
    if (!servesPages) {
      const where = `${publicUrl}/openapi.json`;
      return c.text(
        `This host serves no pages. Open ${where} in any viewer of OpenAPI, or run \`npm run dev\` and open its /docs.\n`,
      );
    }
    c.header('Content-Security-Policy', policy(publicUrl));
    const { pathname } = new URL(c.req.url);
    return c.html(page(pathname.endsWith('/') ? '../openapi.json' : 'openapi.json'));
  });
