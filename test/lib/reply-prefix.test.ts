import { expect, it } from 'vitest';
import { toReplyPrefix } from '../../src/lib/reply-prefix.ts';

it.each(['Re: Tomorrow', ' RE : x', 'Aw: x', 'Antw: x', 'SV: x', 'Re[2]: x', 'RIF: x', 'VÁ: x'])(
  'puts nothing before %j, which is a reply',
  (subject) => {
    expect(toReplyPrefix(subject)).toBe('');
  },
);

it.each(['Tomorrow', 'Fwd: Tomorrow', 'Rent: due', 'About Re: x', '', null])(
  'puts Re: before %j',
  (subject) => {
    expect(toReplyPrefix(subject)).toBe('Re: ');
  },
);
