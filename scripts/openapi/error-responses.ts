import { type ErrorCode, errorTable } from '../../src/errors.ts';
import { headersOf, replayHeaders, sendHeaders } from './headers.ts';
import { json } from './schemas.ts';

/** Unless another header is named here, an error has only its request's id. */
const moreHeaders = {
  send: [...sendHeaders, ...replayHeaders, 'Retry-After'],
  stored: [...sendHeaders, 'Retry-After'],
  plain: [],
} as const;

const describe = (code: ErrorCode): string => {
  const { retry, happened, remedy } = errorTable[code];
  return `- \`${code}\` (retry: ${retry}). ${happened} ${remedy}`;
};

const errorResponse = (codes: readonly ErrorCode[], kind: keyof typeof moreHeaders) => {
  const error = { type: 'object', properties: { code: { enum: codes } } };
  const { schema } = json('ErrorResponse')['application/json'];
  const narrowed = { allOf: [schema, { type: 'object', properties: { error } }] };
  return {
    description: codes.map(describe).join('\n'),
    headers: headersOf(...moreHeaders[kind]),
    content: { 'application/json': { schema: narrowed } },
  };
};

/** The errors of one operation, by their status. */
export const errorResponses = (kind: keyof typeof moreHeaders, codes: readonly ErrorCode[]) => {
  const byStatus = Map.groupBy(codes, (code) => errorTable[code].status);
  return Object.fromEntries(
    [...byStatus]
      .toSorted(([a], [b]) => a - b)
      .map(([status, listed]) => [String(status), errorResponse(listed, kind)]),
  );
};
