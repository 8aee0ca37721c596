import { describe, expect, test } from '@jest/globals';
import { LeanCloudError } from '../leancloud-error.js';
import { asksForMembers, certaintiesOf, conditionOf, orderOf, type Row } from './where.js';

const date = (iso: string) => ({ __type: 'Date', iso });
const pointer = { __type: 'Pointer', className: '_Conversation', objectId: 'c1' };

const row: Row = {
  objectId: 'c1',
  name: 'Cats and mice',
  createdAt: date('2026-11-21T10:00:00.000Z'),
  m: ['Tom', 'Jerry'],
  mu: ['Tom'],
  sys: true,
  rank: 7,
  conv: pointer,
  attr: { type: 'cartoon', deep: { er: null } },
  type: 'cartoon',
  tags: ['a', 'b'],
  ['a.b']: 1,
};

/** [where, whether the row is asked for] */
const conditions: [Record<string, unknown>, boolean][] = [
  [{}, true],
  [{ objectId: 'c1' }, true],
  [{ objectId: 'c2' }, false],
  [{ m: 'Tom' }, true],
  [{ m: 'Spike' }, false],
  [{ m: { $all: ['Jerry', 'Tom'] } }, true],
  [{ m: { $all: ['Jerry', 'Spike'] } }, false],
  [{ m: { $in: ['Spike', 'Jerry'] } }, true],
  [{ m: { $nin: ['Spike'] } }, true],
  [{ m: { $nin: ['Spike', 'Jerry'] } }, false],
  [{ m: { $ne: 'Tom' } }, false],
  [{ m: { $ne: 'Spike' } }, true],
  [{ m: { $size: 2 } }, true],
  [{ m: { $size: 1 } }, false],
  [{ sys: true, rank: 7 }, true],
  [{ sys: true, rank: 8 }, false],
  [{ rank: { $gt: 6, $lt: 8 } }, true],
  [{ rank: { $gte: 7, $lte: 7 } }, true],
  [{ rank: { $gt: 7 } }, false],
  [{ rank: { $gt: '1' } }, false],
  [{ rank: { $in: [1, 7] } }, true],
  [{ rank: { $nin: [1, 7] } }, false],
  [{ missing: { $nin: [1] } }, true],
  [{ missing: { $ne: 1 } }, true],
  [{ missing: null }, true],
  [{ missing: { $lt: 1 } }, false],
  [{ missing: { $exists: false } }, true],
  [{ rank: { $exists: true } }, true],
  [{ rank: { $exists: false } }, false],
  [{ 'attr.type': 'cartoon' }, true],
  [{ 'attr.deep.er': null }, true],
  [{ 'attr.deep.er.er': 1 }, false],
  [{ 'a.b': 1 }, true],
  [{ toString: { $exists: true } }, false],
  [{ ['__proto__']: { $exists: true } }, false],
  [{ createdAt: { $gt: date('2026-11-21T09:59:59.999Z') } }, true],
  [{ createdAt: { $gt: date('2026-11-21T10:00:00Z') } }, false],
  [{ createdAt: date('2026-11-21T11:00:00+01:00') }, true],
  [{ createdAt: { $gt: 1 } }, false],
  [{ conv: pointer }, true],
  [{ conv: { objectId: 'c1', className: '_Conversation', __type: 'Pointer' } }, true],
  [{ conv: { ...pointer, objectId: 'c2' } }, false],
  [{ conv: { $in: [pointer] } }, true],
  [{ attr: { deep: { er: null }, type: 'cartoon' } }, true],
  [{ tags: ['a', 'b'] }, true],
  [{ tags: { $all: ['b'] } }, true],
  [{ name: { $regex: '^\\QCats\\E' } }, true],
  [{ name: { $regex: 'MICE', $options: 'i' } }, true],
  [{ name: { $regex: 'MICE' } }, false],
  [{ $or: [{ rank: 1 }, { m: 'Tom' }] }, true],
  [{ $or: [{ rank: 1 }, { m: 'Spike' }] }, false],
  [{ $or: [] }, false],
  [{ $and: [{ rank: 7 }, { m: 'Tom' }] }, true],
  [{ $and: [{ rank: 7 }, { m: 'Spike' }] }, false],
];

describe('where', () => {
  test.each(conditions)('%j', (where, is) => {
    expect(conditionOf(where)(row)).toBe(is);
  });

  let tooDeep: object = {};
  for (let level = 0; level < 9; level += 1) tooDeep = { $and: [tooDeep] };

  test.each<[unknown]>([
    [[]],
    ['x'],
    [null],
    [{ $nor: [] }],
    [{ $or: {} }],
    [{ name: { $select: {} } }],
    [{ name: { $nearSphere: {} } }],
    [{ name: { $regex: '(a+)+$' } }],
    [{ name: { $regex: 'a'.repeat(201) } }],
    [{ name: { $regex: 1 } }],
    [{ name: { $in: 'x' } }],
    [{ name: { $size: 'x' } }],
    [{ name: { $exists: 1 } }],
    [{ name: { $gt: null } }],
    [{ name: { toString: 1, $constructor: 1 } }],
    [tooDeep],
  ])('is refused: %j', (where) => {
    expect(() => conditionOf(where)).toThrow(LeanCloudError);
  });

  test.each([
    [{ objectId: 'c1' }, { objectIds: ['c1'] }],
    [{ objectId: { $in: ['c1', 2, 'c2'] } }, { objectIds: ['c1', 'c2'] }],
    [{ m: 'Tom' }, { memberId: 'Tom' }],
    [{ m: { $all: ['Tom', 'Jerry'] } }, { memberId: 'Tom' }],
    [{ m: { $in: ['Tom'] } }, { memberId: 'Tom' }],
    [{ m: { $in: ['Tom', 'Jerry'] } }, {}],
    [{ $and: [{ m: 'Tom' }, { sys: true }] }, { memberId: 'Tom', kind: 'system' }],
    [{ $or: [{ m: 'Tom' }] }, {}],
    [{ tr: true }, { kind: 'room' }],
    [{ sys: false }, {}],
    [{ 'attr.type': 'cartoon' }, { attribute: ['type', 'cartoon'] }],
    [{ type: 'cartoon', name: 'x' }, { attribute: ['type', 'cartoon'] }],
    [{ name: 'x', 'attr.a.b': 1, other: { $gt: 1 } }, {}],
  ])('%j is certain', (where, certain) => {
    const nothing = { objectIds: null, memberId: null, attribute: null, kind: null };
    expect(certaintiesOf(where)).toEqual({ ...nothing, ...certain });
  });

  test('whoever is in it', () => {
    expect(asksForMembers({ $or: [{ a: 1 }, { $and: [{ mu: 'Tom' }] }] })).toBe(true);
    expect(asksForMembers({ uniqueId: 'x' })).toBe(true);
    expect(asksForMembers({ name: 'm' })).toBe(false);
  });

  test('order', () => {
    const rows: Row[] = [{ a: 1, b: 'x' }, { a: 2, b: 'x' }, { b: 'y' }, { a: 2, b: 'a' }];
    expect(rows.toSorted(orderOf('-a,b')).map(({ a = 0, b }) => [a, b])).toEqual([
      [2, 'a'],
      [2, 'x'],
      [1, 'x'],
      [0, 'y'],
    ]);
  });
});
