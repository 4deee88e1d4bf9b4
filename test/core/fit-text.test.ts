import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fitText, type WritingRequest } from '../../src/core/send/fit-text.ts';
import { fits } from '../../src/lib/text-limit.ts';
import type {
  AiProvider,
  ComposeOutcome,
  ComposeRequest,
  NotComposed,
} from '../../src/ports/ai.ts';

const request: WritingRequest = {
  model: 'a-model',
  instructions: 'Be kind.',
  prompt: 'Confirm',
  history: [],
  contactName: 'Jane',
  now: Date.UTC(2026, 10, 27, 11, 20),
  timeZone: 'UTC',
  channel: 'sms',
  limit: { max: 40, unit: 'characters' },
};
const io = { fetch: async () => new Response(), signal: new AbortController().signal };
const tooLong = 'We are open from nine. Come and see us whenever you like, Jane.';

const composed = (text: string): ComposeOutcome => ({
  type: 'composed',
  text,
  usage: { inputTokens: 10, outputTokens: 2 },
});
const failed: NotComposed = {
  type: 'not_composed',
  reason: 'overloaded',
  code: 'busy',
  message: 'Busy.',
  retryAfterMs: 500,
  usage: { inputTokens: 7, outputTokens: 1 },
};

const modelThat = (...outcomes: readonly ComposeOutcome[]) => {
  const asked: ComposeRequest[] = [];
  const provider: AiProvider = {
    name: 'scripted',
    credentials: z.unknown(),
    compose: async (_, each) => {
      asked.push(each);
      return outcomes[asked.length - 1] ?? failed;
    },
  };
  const write = (changes: Partial<WritingRequest> = {}) =>
    fitText(provider, null, { ...request, ...changes }, io);
  return { asked, write };
};

describe('fitText', () => {
  it('takes a text that fits from one call', async () => {
    const { asked, write } = modelThat(composed('See you on Monday.'));
    expect(await write()).toEqual(composed('See you on Monday.'));
    expect(asked).toEqual([{ ...request, draftTooLong: null, moreRoom: false }]);
  });

  it('hands on why there is no text, and does not ask again', async () => {
    const { asked, write } = modelThat(failed);
    expect(await write()).toEqual(failed);
    expect(asked).toHaveLength(1);
  });

  it('asks once to shorten, and counts the tokens of both calls', async () => {
    const { asked, write } = modelThat(composed(tooLong), composed('Open from nine.'));
    expect(await write()).toEqual({
      type: 'composed',
      text: 'Open from nine.',
      usage: { inputTokens: 20, outputTokens: 4 },
    });
    expect(asked.map((each) => each.draftTooLong)).toEqual([null, tooLong]);
  });

  it('cuts at a sentence what is still too long, without a third call', async () => {
    const { asked, write } = modelThat(composed(tooLong), composed(`Well. ${tooLong}`));
    expect(await write()).toMatchObject({ text: 'Well. We are open from nine.' });
    expect(asked).toHaveLength(2);
  });

  it('cuts the draft when the second call fails, and still counts what it cost', async () => {
    expect(await modelThat(composed(tooLong), failed).write()).toEqual({
      type: 'composed',
      text: 'We are open from nine.',
      usage: { inputTokens: 17, outputTokens: 3 },
    });
    const unpaid = { ...failed, usage: null };
    expect(await modelThat(composed(tooLong), unpaid).write()).toMatchObject({
      usage: { inputTokens: 10, outputTokens: 2 },
    });
    expect(await modelThat(composed(tooLong), composed(' \n')).write()).toMatchObject({
      text: 'We are open from nine.',
      usage: { inputTokens: 20, outputTokens: 4 },
    });
  });

  it.each(['empty', 'unfinished', 'control_markup'] as const)(
    'asks once more after %s, and says what both calls cost',
    async (reason) => {
      const { asked, write } = modelThat({ ...failed, reason }, composed('See you on Monday.'));
      expect(await write()).toMatchObject({
        text: 'See you on Monday.',
        usage: { inputTokens: 17, outputTokens: 3 },
      });
      expect(asked.map(({ moreRoom }) => moreRoom)).toEqual([false, false]);
      const twice = modelThat({ ...failed, reason }, { ...failed, reason });
      expect(await twice.write()).toMatchObject({
        reason,
        usage: { inputTokens: 14, outputTokens: 2 },
      });
      expect(twice.asked).toHaveLength(2);
    },
  );

  it('gives a model more room that has thought its tokens away, to shorten as well', async () => {
    const thought = { ...failed, reason: 'thought_too_long' } as const;
    const { asked, write } = modelThat(thought, composed(tooLong), composed('Open from nine.'));
    expect(await write()).toMatchObject({
      text: 'Open from nine.',
      usage: { inputTokens: 27, outputTokens: 5 },
    });
    expect(asked.map(({ moreRoom, draftTooLong }) => [moreRoom, draftTooLong])).toEqual([
      [false, null],
      [true, null],
      [true, tooLong],
    ]);
  });

  it.each([
    ['too_slow', 'thought_too_long'],
    ['misconfigured', 'thought_too_long'],
    ['overloaded', 'overloaded'],
    ['declined', 'declined'],
    ['thought_too_long', 'thought_too_long'],
  ] as const)('after thoughts that were too long, %s is %s', async (reason, told) => {
    const thought = { ...failed, reason: 'thought_too_long' } as const;
    expect(await modelThat(thought, { ...failed, reason }).write()).toMatchObject({
      reason: told,
      usage: { inputTokens: 14, outputTokens: 2 },
    });
  });

  it('measures the limit in its own unit', async () => {
    const { asked, write } = modelThat(composed('é'.repeat(21)), composed('é'.repeat(20)));
    expect(await write({ limit: { max: 40, unit: 'bytes' } })).toMatchObject({
      text: 'é'.repeat(20),
    });
    expect(asked).toHaveLength(2);
  });

  it('takes markdown out for the channel, and measures what is left', async () => {
    const bold = '**Open** from [nine](https://a.example) on.';
    const { asked, write } = modelThat(composed(bold));
    expect(await write()).toMatchObject({ text: 'Open from nine (https://a.example) on.' });
    expect(asked).toHaveLength(1);
    expect(await modelThat(composed('**Hi**')).write({ channel: 'whatsapp' })).toMatchObject({
      text: '*Hi*',
    });
  });

  it('takes out what no database or phone takes', async () => {
    expect(await modelThat(composed(' \0Hi\u0007\r\nJane \ud83d ')).write()).toMatchObject({
      text: 'Hi\nJane',
    });
  });

  it.each(['', ' \n', '\0', '\u200b', '```\n```'])(
    'calls %j empty and says what it cost',
    async (nothing) => {
      const { asked, write } = modelThat(composed(nothing), composed(nothing));
      expect(await write()).toMatchObject({
        type: 'not_composed',
        reason: 'empty',
        usage: { inputTokens: 20, outputTokens: 4 },
      });
      expect(asked).toHaveLength(2);
    },
  );

  it('calls a text empty of which not one grapheme fits', async () => {
    const family = '👨‍👩‍👧‍👦';
    const { write } = modelThat(composed(family), composed(family));
    expect(await write({ limit: { max: 5, unit: 'characters' } })).toMatchObject({
      type: 'not_composed',
      reason: 'empty',
      usage: { inputTokens: 20, outputTokens: 4 },
    });
  });

  it('never hands on a text that is too long, blank or malformed, nor calls a fourth time', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 120 });
    await fc.assert(
      fc.asyncProperty(text, text, fc.integer({ min: 1, max: 60 }), async (one, two, max) => {
        const { asked, write } = modelThat(composed(one), composed(two));
        const limit = { max, unit: 'bytes' } as const;
        const outcome = await write({ limit });
        expect(asked.length).toBeLessThanOrEqual(3);
        if (outcome.type !== 'composed') return;
        expect(fits(outcome.text, limit)).toBe(true);
        expect(outcome.text.trim()).not.toBe('');
        expect(outcome.text.isWellFormed()).toBe(true);
        expect(outcome.text).not.toContain('\0');
      }),
      { numRuns: 500 },
    );
  });
});
