import { describe, expect, test } from 'vitest';
import { channelProviders } from '../../src/channels/index.ts';
import { findCarriers, findMisfit, listOffers } from '../../src/core/send/carriers.ts';
import type { TextLimit } from '../../src/ports/channel.ts';
import { contentParts } from '../../src/ports/content.ts';

const offer = (provider: string, max: number, unit: TextLimit['unit'] = 'characters') => ({
  provider,
  capacity: { text: { max, unit } },
});

const manual = (text: string) =>
  ({ agentId: null, channel: 'whatsapp', content: { text } }) as const;
const written = (text: string) => ({ ...manual(text), agentId: 'an agent' });

describe('who can carry a message', () => {
  test('is each provider whose limit the text keeps', () => {
    const offers = [offer('short', 4), offer('long', 5), offer('bytes', 5, 'bytes')];
    expect(findCarriers(manual('12345'), offers)).toEqual({
      type: 'found',
      providers: ['long', 'bytes'],
    });
    expect(findCarriers(manual('1234ü'), offers)).toEqual({ type: 'found', providers: ['long'] });
  });

  test('is nobody where the text is too long for all, and the caller hears the longest limit', () => {
    const carriers = findCarriers(manual('123456'), [offer('short', 4), offer('long', 5)]);
    expect(carriers).toMatchObject({
      type: 'none',
      refusal: {
        code: 'content_too_long',
        message: expect.stringContaining('whatsapp takes at most 5 characters here'),
        details: { issues: [{ path: 'content', message: 'must be at most 5 characters' }] },
      },
    });
  });

  test('is everybody where an agent is asked to write, however long the instruction', () => {
    const offers = [offer('short', 4), offer('long', 5)];
    expect(findCarriers(written('An instruction.'), offers)).toEqual({
      type: 'found',
      providers: ['short', 'long'],
    });
  });

  test('is no fault of the message where no provider is given', () => {
    expect(findCarriers(manual('1'), [])).toEqual({ type: 'found', providers: [] });
  });

  test('is asked of the providers that serve the channel, with what they carry there', () => {
    expect(listOffers(channelProviders, 'whatsapp')).toEqual([
      offer('twilio', 1600),
      offer('meta', 4096),
    ]);
    expect(listOffers(channelProviders, 'instagram')).toEqual([offer('meta', 1000, 'bytes')]);
  });

  // Name a new part here when findMisfit refuses it for providers that do not carry it, or when it may get lost there.
  test('depends on every part beside the text, so that no provider drops one in silence', () => {
    expect(Object.keys(contentParts.shape)).toEqual([]);
  });

  test('is decided by the same rule for one provider alone', () => {
    expect(findMisfit({ text: '12345' }, offer('any', 5).capacity)).toBeNull();
    expect(findMisfit({ text: '123456' }, offer('any', 5).capacity)).toBe('text_too_long');
  });
});
