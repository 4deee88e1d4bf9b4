import { describe, expect, it } from 'vitest';
import { findBreaches } from '../scripts/sql/find-breaches.ts';

const body = (lines: string, head = 'p_id uuid'): string => `-- Does it.
create function public.do_it(${head})
returns text
language plpgsql
set search_path = ''
as $$
declare
  v_name text := 'it''s -- no comment; nor an end';
begin
${lines}
end;
$$;
`;

/** A rule, and SQL that breaks it and no other. */
const breaking: Record<string, readonly [rule: string, sql: string, words: RegExp]> = {
  'a function of 40 lines': ['lines', body('  perform 1;\n'.repeat(30).trimEnd()), /40 lines/],
  'nine parameters': [
    'parameters',
    body(
      '  return null;',
      `${'abcdefgh'.replace(/./g, 'p_$& numeric(1, 2),\n  ')}p_i jsonb default '[]'`,
    ),
    /9 parameters/,
  ],
  'a parameter that gets another value': ['assigned', body('  p_id := null;'), /p_id/],
  'a parameter that gets one when something holds': [
    'assigned',
    body('  if true then\n    p_id = null;\n  end if;'),
    /p_id/,
  ],
  'a field of a parameter that gets one': ['assigned', body('  p_id.x := null;'), /p_id/],
  'a parameter that is selected into': ['assigned', body('  select 1 into p_id;'), /p_id/],
  'a parameter that is selected into beside a variable': [
    'assigned',
    body('  select 1, 2 into strict v_name, p_id;'),
    /p_id/,
  ],
  'no search path': [
    'search path',
    body('  return 1;').replace("set search_path = ''\n", ''),
    /search_path/,
  ],
  'a search path that names a schema': [
    'search path',
    body('  return 1;').replace("''\nas", 'public\nas'),
    /search_path/,
  ],
  'no search path, in a function of one expression': [
    'search path',
    '-- One.\ncreate function public.one() returns integer\nlanguage sql\nreturn 1;\n',
    /search_path/,
  ],
  'a public function without a comment': [
    'comment',
    body('  return 1;').replace('-- Does it.\n', ''),
    /no comment/,
  ],
  'a comment that belongs to something else': [
    'comment',
    body('  return 1;').replace('it.\n', 'it.\n\n'),
    /no comment/,
  ],
  'a keyword in capitals': ['case', body('  RETURN 1;'), /RETURN/],
  'a line of 121 characters': ['line', body(`  -- ${'x'.repeat(116)}`), /121 characters/],
  'a space at the end of a line': ['line', body('  return 1; '), /a space/],
  'a function that is made further down': [
    'order',
    body('  return crm_api.later();') +
      body('  return 1;').replace('public.do_it', 'crm_api.later'),
    /crm_api.later, which is made further down/,
  ],
  'a table that is made further down': [
    'order',
    `${body('  return 1;', 'p_row public.things')}create table public.things (id uuid);\n`,
    /public.things, which is made further down/,
  ],
  'a function that nothing makes': [
    'order',
    body('  return crm_api.misspelt();'),
    /crm_api.misspelt, which nothing makes/,
  ],
};

const look = (sql: string) => findBreaches([{ name: '10_case.sql', sql }]);

describe('the rules for SQL', () => {
  it.each(Object.keys(breaking))('refuse %s, and say so', (name) => {
    const [rule, sql = '', words] = breaking[name] ?? [];
    expect(look(sql)).toEqual([
      expect.objectContaining({ rule, words: expect.stringMatching(words ?? /^$/) }),
    ]);
  });

  it.each([
    body('  perform 1;\n'.repeat(29).trimEnd()),
    body('  return 1;', `${'abcdefg'.replace(/./g, 'p_$& numeric(1, 2),\n  ')}p_h jsonb`),
    body('  -- RETURN of p_id := null; crm_api.misspelt()\n  return $1;'),
    body("  perform public.do_it(p_id => p_id);\n  v_name := 'NOT crm_api.misspelt';"),
    body('  if p_id = null then\n    return public.do_it(null);\n  end if;'),
    body('  insert into public.things select p_id where p_id = p_id;\n').replace(
      '-- Does',
      'create table public.things (id uuid);\n\n-- Does',
    ),
    body('  return 1;').replace('-- Does it.\n', '').replace('public.do_it', 'crm_api.do_it'),
  ])('accept what keeps to them: %s', (sql) => {
    expect(look(sql)).toEqual([]);
  });

  it('name the file and the line', () => {
    const sql = `-- Two.\n\n${body('  return 1;')}\n${body('  p_id := null;')}`;
    expect(look(sql).map(({ place, subject }) => [place, subject])).toEqual([
      ['supabase/schemas/10_case.sql:17', 'public.do_it'],
    ]);
  });
});
