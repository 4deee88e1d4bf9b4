import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { growsTooFast, measureGrowth, type Subject } from '../support/measure-growth.ts';
import { otherSubjects } from '../support/scaling-readers.ts';
import { libSubjects } from '../support/scaling-subjects.ts';

/** Texts that make patterns and loops slow; each is repeated up to the length. */
const units = [
  ...['a', ' ', '\n', '\ud800', 'a\u0301', '1', '+1-', '.', ';', '%41', '"', '\\"', '('],
  ...['<', '<a', '<!--', '<style>', '</p>', '&#', '&a', '/', '[](', '![a](', '*a ', '_a ', '~~a'],
  ...[
    '# ',
    '`a ',
    '```\n',
    'http://a(',
    '@a.',
    'a@b.c ',
    '<a@b>,',
    '\n> a',
    'From: a\n',
    'On 1 wrote:\n',
  ],
  ...['{"a":', 'a;b=c; ', '<think>'],
];

/** A text that fails only at its end makes patterns try again from every position. */
const makers = units.map((unit) => ({
  name: JSON.stringify(unit),
  make: (length: number) => `x${unit.repeat(Math.ceil(length / unit.length))}\n!x`,
}));

const countUp = {
  name: 'names that are all different',
  make: (length: number) =>
    Array.from({ length: Math.ceil(length / 8) }, (_, index) => `p${index}=1`).join('&'),
};

const findFast = async (subject: Subject): Promise<string[]> => {
  const found: string[] = [];
  for (const { name, make } of [...makers, countUp]) {
    const growth = await measureGrowth(subject, make);
    if (growsTooFast(growth))
      found.push(`${name}: ${growth?.toFixed(1)} times for 4 times the length`);
  }
  return found;
};

describe('takes time that grows with the text, and no faster', () => {
  it.each(Object.entries({ ...libSubjects, ...otherSubjects }))(
    '%s',
    { timeout: 120_000 },
    async (_, subject) => {
      expect(typeof subject === 'string' ? [] : await findFast(subject)).toEqual([]);
    },
  );
});

it('says of everything that src/lib exports how it is fed, or why it reads nothing of a stranger’s', async () => {
  const folder = new URL('../../src/lib/', import.meta.url);
  const exported = [];
  for (const file of await readdir(folder)) {
    const module: object = await import(new URL(file, folder).href);
    exported.push(...Object.keys(module).map((name) => `${file.replace(/\.ts$/, '')} ${name}`));
  }
  const known = Object.keys(libSubjects).map((name) => name.split(', ')[0]);
  expect([...new Set(known)].sort()).toEqual(exported.sort());
});

describe('the measure itself', () => {
  /** Takes several times as long as what counts as quick, on a fast machine too. */
  const quadratic: Subject = (text) => {
    let sum = 0;
    for (let one = 0; one < text.length; one += 4) {
      for (let other = 0; other < text.length; other += 64) sum += other;
    }
    return sum;
  };

  it('finds out what is quadratic, and leaves alone what is not', async () => {
    const make = (length: number) => 'a'.repeat(length);
    expect(growsTooFast(await measureGrowth(quadratic, make))).toBe(true);
    expect(growsTooFast(await measureGrowth((text) => [...text].sort().join(''), make))).toBe(
      false,
    );
  });
});
