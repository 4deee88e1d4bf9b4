import { compile } from 'json-schema-to-typescript';
import type { buildOpenApiDocument } from './openapi.ts';

const banner = '// Made by `npm run generate` from the OpenAPI document.\n';

/**
 * The client's types, made from the schemas of the document. openapi-typescript cannot make them: it needs TypeScript's
 * JavaScript API, which TypeScript 7 does not have.
 */
export const buildClientTypes = async ({
  components,
}: ReturnType<typeof buildOpenApiDocument>): Promise<string> => {
  const schema = JSON.parse(
    JSON.stringify({ type: 'object', definitions: components.schemas }).replaceAll(
      '#/components/schemas/',
      '#/definitions/',
    ),
  );
  const text = await compile(schema, 'Schemas', {
    bannerComment: banner,
    unreachableDefinitions: true,
    // The function ignores unknown fields, but the compiler should find a misspelt one.
    additionalProperties: false,
    style: { singleQuote: true, printWidth: 100 },
  });
  return text
    .replace(/export interface Schemas \{\}\n/, '')
    .replaceAll(/ \*\n \* This interface was referenced by .*\n \* via the `definition` .*\n/g, '')
    .replaceAll(
      /\/\*\*\n \* This interface was referenced by .*\n \* via the `definition` .*\n \*\/\n/g,
      '',
    );
};
