import { describe, expect, test } from 'vitest';
import { refused } from '../../src/channels/outcome.ts';
import { refusalReasons } from '../../src/ports/channel.ts';

const laterMayHelp = ['rate_limited', 'quota_exceeded', 'provider_unavailable'];
const otherSenderMayHelp = [...laterMayHelp, 'misconfigured'];

describe('refused', () => {
  test.each(refusalReasons)('knows what can help after %s', (reason) => {
    expect(refused(reason)).toEqual({
      type: 'refused',
      reason,
      code: null,
      message: null,
      laterMayHelp: laterMayHelp.includes(reason),
      otherSenderMayHelp: otherSenderMayHelp.includes(reason),
      retryAfterMs: null,
    });
  });
});
