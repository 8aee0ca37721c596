import { describe, expect, test } from '@jest/globals';
import { checkUserHistory } from './check-heard.js';
import type { FindingKind } from './findings.js';
import { goodRun, recordsOf, shown } from './sample-run.js';

describe('the check of a history', () => {
  function historyFinding(read: readonly number[]): FindingKind[] {
    const { truth } = recordsOf(goodRun());
    const kinds: FindingKind[] = [];
    const events = read.map((seq) => shown(truth.events[seq - 1]!));
    checkUserHistory(truth, 'carl', truth.conversations[0]!, events, (kind) => kinds.push(kind));
    return kinds;
  }

  test.each<[string, number[], FindingKind[]]>([
    ['everything visible', [1, 2, 4], []],
    ['too little', [1, 2], ['lost']],
    ['what was meant for another', [1, 2, 3, 4], ['leaked']],
    ['something twice', [1, 2, 2, 4], ['doubled']],
    ['another order', [2, 1, 4], ['reordered']],
  ])('of %s', (_what, read, kinds) => {
    expect(historyFinding(read)).toEqual(kinds);
  });
});
