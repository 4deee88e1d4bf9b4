import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { z } from 'zod';
import { openapiDocument } from '../../src/http/openapi-document.ts';

type Heard = { readonly status: number; readonly headers: Headers; readonly body: unknown };

const referenceSchema = z.object({ $ref: z.string() });
const operationSchema = z.object({
  operationId: z.string(),
  responses: z.record(
    z.string(),
    z.object({
      headers: z.record(z.string(), referenceSchema),
      content: z.record(z.string(), z.object({ schema: z.unknown() })),
    }),
  ),
});

export type Operation = z.infer<typeof operationSchema> & {
  readonly method: string;
  readonly path: string;
};

/** Every operation of the document, with its path. */
export const operations: readonly Operation[] = Object.entries(openapiDocument.paths).flatMap(
  ([path, item]) =>
    Object.entries(item)
      .filter(([method]) => method !== 'parameters')
      .map(([method, operation]) => ({ ...operationSchema.parse(operation), method, path })),
);

const escapePart = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1');

const createValidator = () => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ ...openapiDocument, $id: 'https://api.example/openapi.json' });
  return (pointer: readonly string[], value: unknown): string[] => {
    const $ref = `https://api.example/openapi.json#/${pointer.map(escapePart).map(encodeURIComponent).join('/')}`;
    const validate = ajv.getSchema($ref);
    if (!validate) return [`there is no schema at ${$ref}`];
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  };
};

const validate = createValidator();
const documentedHeaders = Object.keys(openapiDocument.components.headers);
const requiredHeaders = Object.entries(openapiDocument.components.headers)
  .filter(([, { required }]) => required)
  .map(([name]) => name);

const findOperation = (method: string, path: string) => {
  const segments = path.split('?')[0]?.split('/') ?? [];
  return operations.find((operation) => {
    const parts = operation.path.split('/');
    return (
      operation.method === method.toLowerCase() &&
      parts.length === segments.length &&
      parts.every((part, index) => part.startsWith('{') || part === segments[index])
    );
  });
};

const judgeHeaders = (headers: Headers, documented: readonly string[]): string[] => [
  ...documentedHeaders
    .filter((name) => headers.has(name) && !documented.includes(name))
    .map((name) => `the header ${name} is not documented`),
  ...requiredHeaders
    .filter((name) => documented.includes(name) && !headers.has(name))
    .map((name) => `the header ${name} is missing`),
];

/** The problems of a request body, according to the document; empty if there are none. */
export const judgeRequestBody = (body: unknown): string[] =>
  validate(['components', 'schemas', 'SendMessage'], body);

/** The parts of a response that the document does not allow. */
const judge = ({ path, method, responses }: Operation, heard: Heard): string[] => {
  const { status, headers, body } = heard;
  const response = responses[String(status)];
  if (!response) return [`the status ${status} is not documented`];
  const type = headers.get('content-type')?.split(';')[0] ?? 'none';
  if (!response.content[type]) return [`the content type ${type} is not documented`];
  const pointer = ['paths', path, method, 'responses', String(status), 'content', type, 'schema'];
  return [...judgeHeaders(headers, Object.keys(response.headers)), ...validate(pointer, body)];
};

/** Compares responses with the document, and remembers which operations had which status. */
export const createContract = () => {
  const seen = new Set<string>();
  return {
    seen,
    check: (method: string, path: string, heard: Heard): string[] => {
      const operation = findOperation(method, path);
      if (!operation) return [`${method} ${path} is not documented`];
      seen.add(`${operation.operationId} ${heard.status}`);
      return judge(operation, heard);
    },
  };
};
