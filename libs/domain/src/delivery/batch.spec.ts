import { describe, expect, test } from '@jest/globals';
import fastCheck from 'fast-check';
import { formBatch, type BatchMember } from './batch.js';

interface Named extends BatchMember {
  readonly name: string;
}

type Run = readonly [Named, ...Named[]];

/** "a@5" has waited since 5; "a@5:100" has 100 bytes, others have 9. */
function run(text: string): Run {
  return text.split(' ').map((word) => {
    const [, name, since, bytes = '9'] = /^(\w+)@(\d+)(?::(\d+))?$/.exec(word)!;
    return { name: name!, since: Number(since), bytes: Number(bytes) };
  }) as unknown as Run;
}

const limits = { size: 3, bytes: 100, linger: 50 };

function formed(runs: readonly string[], now: number, changes: Partial<typeof limits> = {}): unknown {
  const what = formBatch(runs.map(run), { ...limits, ...changes }, now);
  return what.kind === 'batch' ? what.members.map(({ name }) => name).join(' ') : what;
}

describe('a batch', () => {
  test.each<[string, readonly string[], number, unknown]>([
    ['of nothing', [], 0, { kind: 'nothing' }],
    ['waits for others', ['a@10'], 20, { kind: 'wait', until: 60 }],
    ['goes alone when it has waited long enough', ['a@10'], 60, 'a'],
    ['goes when it is full', ['a@10 b@10 c@10'], 10, 'a b c'],
    ['takes no more than fit in', ['a@10 b@10 c@10 d@10'], 10, 'a b c'],
    ['takes from several conversations', ['a@10 b@30', 'c@20 d@20'], 30, 'a b c'],
    ['begins with what has waited longest', ['c@20', 'a@10 b@30'], 30, 'a b c'],
    ['waits no longer because of what came last', ['a@10', 'b@40'], 59, { kind: 'wait', until: 60 }],
    [
      'counts from the one that waits longest, wherever it stands',
      ['a@10 b@5'],
      54,
      { kind: 'wait', until: 55 },
    ],
    ['is full when the next one is too heavy', ['a@10:50 b@10:50'], 10, 'a'],
    ['does not leap over what is too heavy', ['a@10:50 b@10:50', 'c@20:1'], 10, 'a'],
    ['is one alone that is too heavy for any', ['a@10:500'], 60, 'a'],
    ['is as heavy as it may be', ['a@10:49 b@10:49'], 60, 'a b'],
  ])('%s', (_name, runs, now, expected) => {
    expect(formed(runs, now)).toEqual(expected);
  });

  test('of one goes at once', () => {
    expect(formed(['a@10 b@10'], 10, { size: 1 })).toBe('a');
  });

  test('without lingering goes at once', () => {
    expect(formed(['a@10'], 10, { linger: 0 })).toBe('a');
  });

  test('keeps every order and every limit, and nothing waits longer than it may', () => {
    const member = fastCheck.record({
      name: fastCheck.string(),
      since: fastCheck.integer({ min: 0, max: 100 }),
      bytes: fastCheck.integer({ min: 0, max: 150 }),
    });
    const runs = fastCheck.array(fastCheck.array(member, { minLength: 1, maxLength: 6 }), { maxLength: 5 });
    fastCheck.assert(
      fastCheck.property(runs, fastCheck.integer({ min: 0, max: 200 }), (given, now) => {
        const what = formBatch(given as unknown as Run[], limits, now);
        if (what.kind === 'nothing') expect(given).toEqual([]);
        if (what.kind === 'wait') {
          expect(what.until).toBeGreaterThan(now);
          for (const { since } of given.flat()) expect(what.until).toBeLessThanOrEqual(since + limits.linger);
        }
        if (what.kind !== 'batch') return;
        const { members } = what;
        expect(members.length).toBeGreaterThan(0);
        expect(members.length).toBeLessThanOrEqual(limits.size);
        const weight = members.reduce((sum, { bytes }) => sum + bytes + 1, 0);
        if (members.length > 1) expect(weight).toBeLessThanOrEqual(limits.bytes);
        for (const one of given as Named[][]) {
          const taken = one.filter((item) => members.includes(item));
          expect(taken).toEqual(one.slice(0, taken.length));
        }
      }),
    );
  });
});
