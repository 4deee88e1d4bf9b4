import { readFile, writeFile } from 'node:fs/promises';
import { buildClientPackage } from './client-package.ts';
import { buildClientTypes } from './client-types.ts';
import { buildErrorDocs } from './error-docs.ts';
import { buildOpenApiDocument } from './openapi.ts';

const root = new URL('../', import.meta.url);

/** Everything that is generated from the code, by path. A test compares it with the committed files. */
export const buildGeneratedFiles = async (): Promise<ReadonlyMap<string, string>> => {
  const own = JSON.parse(await readFile(new URL('package.json', root), 'utf8'));
  const document = buildOpenApiDocument(own.version);
  const json = JSON.stringify(document, null, 2);
  return new Map([
    ['docs/errors.md', buildErrorDocs()],
    ['client/api-types.ts', await buildClientTypes(document)],
    ['client/package.json', buildClientPackage(own)],
    ['client/LICENSE', await readFile(new URL('LICENSE', root), 'utf8')],
    [
      'src/http/openapi-document.ts',
      `// Made by \`npm run generate\` from the zod schemas of src/http.\nexport const openapiDocument = ${json};\n`,
    ],
  ]);
};

if (import.meta.main) {
  for (const [path, content] of await buildGeneratedFiles()) {
    await writeFile(new URL(path, root), content);
  }
}
