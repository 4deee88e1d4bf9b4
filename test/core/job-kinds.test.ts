import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jobKinds } from '../../src/core/jobs/job-kinds.ts';
import { job } from '../../src/ports/job.ts';

const folder = new URL('../../src/core/jobs/', import.meta.url);
const schemas = new URL('../../supabase/schemas/', import.meta.url);

const readAll = (from: URL) =>
  readdirSync(from).map((name) => readFileSync(new URL(name, from), 'utf8'));
const listWords = (texts: readonly string[], pattern: RegExp) => [
  ...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, word]) => word))),
];

describe('the registry of jobs', () => {
  const kinds = Object.keys(jobKinds);

  it('has the work of every file in its folder', () => {
    const written = listWords(readAll(folder), /: JobWork<'(\w+)'>/g);
    expect(written.toSorted()).toEqual(kinds.toSorted());
  });

  it('knows every kind that the database stores or gives up', () => {
    const sql = readAll(schemas);
    const stored = listWords(sql, /insert into public\.jobs [^;]*?'(\w+)'/g);
    const givenUp = listWords(sql, /p_job\.kind = '(\w+)'/g);
    expect(stored).toContain('fetch_text');
    expect(kinds).toEqual(expect.arrayContaining([...stored, ...givenUp]));
  });

  it('has no kind whose rows the database does not select, or the store does not read', () => {
    const body = /function crm_api\.describe_job\([\s\S]*?\n\$\$;/;
    const sql = readAll(schemas).flatMap((text) => text.match(body) ?? []);
    expect(listWords(sql, /when '(\w+)' then/g).toSorted()).toEqual(kinds.toSorted());
    const read = job.options.map(({ shape }) => shape.kind.value);
    expect(read.toSorted()).toEqual(kinds.toSorted());
  });

  it('tries a text again after a minute, then after twice as long each time, for two hours', () => {
    const { maxTries, pauseAfter } = jobKinds.fetch_text;
    const minutes = Array.from({ length: maxTries - 1 }, (_, n) => pauseAfter(n + 1) / 60_000);
    expect(minutes).toEqual([1, 2, 4, 8, 16, 32, 64]);
  });
});
