import { beforeAll, describe, expect, it } from 'vitest';
import { kinds, nameKind } from '../../dev/faults/matrix/kinds.ts';
import { type MatrixRow, runMatrix } from '../../dev/faults/matrix/run-matrix.ts';

const calls = {
  'manual sync': ['begin_send', 'provider', 'settle_send'],
  'manual async': ['begin_send', 'claim_sends', 'provider', 'settle_send'],
  'AI sync': ['begin_send', 'model', 'commit_reply', 'provider', 'settle_send'],
  'AI async': ['begin_send', 'claim_sends', 'model', 'commit_reply', 'provider', 'settle_send'],
};
const faults = ['killed before', 'killed during', 'killed after'];

describe('the matrix', () => {
  let rows: readonly MatrixRow[] = [];
  beforeAll(async () => {
    rows = await runMatrix();
  });

  const points = kinds.flatMap((kind) =>
    Object.entries(calls)
      .filter(([name]) => nameKind(kind).startsWith(name))
      .flatMap(([, names]) =>
        names.flatMap((call) => faults.map((fault) => ({ kind: nameKind(kind), call, fault }))),
      ),
  );

  it.each(points)('$kind: $call, $fault', ({ kind, call, fault }) => {
    const played = rows.filter(
      (row) => row.kind === kind && row.call === call && row.fault === fault,
    );
    expect(played).toHaveLength(3);
    expect(played.flatMap(({ problems }) => problems)).toEqual([]);
  });

  it('holds wherever the database is away', () => {
    const away = rows.filter(({ fault }) => fault.startsWith('database'));
    expect(away).toHaveLength(144);
    expect(away.filter(({ problems }) => problems.length > 0)).toEqual([]);
  });

  it('tries no call that is not named here', () => {
    expect(rows).toHaveLength(points.length * 3 + 144);
  });
});
