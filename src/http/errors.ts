import { Hono } from 'hono';
import { AppError, type ErrorCode, errorTable, isErrorCode } from '../errors.ts';
import type { HttpEnvironment } from './environment.ts';

const describeError = (code: ErrorCode): string => {
  const { status, retry, happened, remedy } = errorTable[code];
  return `${code} (${status}, retry: ${retry})\n\nWhat happened: ${happened}\nWhat to do: ${remedy}\n`;
};

export const createErrorsRoute = () =>
  new Hono<HttpEnvironment>().get('/errors/:code', (c) => {
    const code = c.req.param('code');
    if (!isErrorCode(code)) {
      const known = Object.keys(errorTable).join(', ');
      throw new AppError('not_found', {
        message: `There is no such error code: use one of ${known}.`,
      });
    }
    return c.text(describeError(code));
  });
