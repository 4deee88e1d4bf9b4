import { expect, it } from 'vitest';
import { createRandom } from '../../dev/faults/random.ts';
import { createPlan } from '../../dev/faults/storm/plan.ts';

const draw = (seed: number, stream: string) => {
  const random = createRandom(seed, stream);
  return Array.from({ length: 1_000 }, () => random.next());
};

it('gives the same numbers for the same seed, and others for another seed or stream', () => {
  expect(draw(1, 'a')).toEqual(draw(1, 'a'));
  expect(draw(1, 'a')).not.toEqual(draw(2, 'a'));
  expect(draw(1, 'a')).not.toEqual(draw(1, 'b'));
});

it('gives numbers from 0 to 1, evenly', () => {
  const numbers = draw(7, 'x');
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  expect(mean).toBeGreaterThan(0.45);
  expect(mean).toBeLessThan(0.55);
});

it('plans the same sends for the same seed, of every sort', () => {
  const plans = Array.from({ length: 200 }, (_, number) => createPlan(3, number));
  expect(createPlan(3, 17)).toEqual(plans[17]);
  for (const sort of [
    { ai: true, async: true, key: 'derived' },
    { ai: true, async: false, key: 'own' },
    { ai: false, async: true, key: 'own', twice: true },
    { ai: false, async: false, key: 'none' },
    { channel: 'sms' },
    { channel: 'whatsapp' },
    { channel: 'email' },
    { channel: 'facebook' },
  ]) {
    expect(plans).toContainEqual(expect.objectContaining(sort));
  }
});
