import { describe, expect, test } from '@jest/globals';
import { concerns, type HookFilter } from './concern.js';

const filter = (changes: Partial<HookFilter>): HookFilter => ({ kinds: [], attribute: null, ...changes });
const tier = (value: string | number | boolean | null): HookFilter =>
  filter({ attribute: { name: 'tier', value } });

describe('whether a hook is asked', () => {
  test.each<[string, HookFilter, Parameters<typeof concerns>[1], boolean]>([
    ['no filter', filter({}), { kind: 'group' }, true],
    ['a kind it wants', filter({ kinds: ['room', 'group'] }), { kind: 'group' }, true],
    ['another kind', filter({ kinds: ['room'] }), { kind: 'group' }, false],
    ['the attribute', tier('gold'), { kind: 'group', attributes: { tier: 'gold' } }, true],
    ['another value', tier('gold'), { kind: 'group', attributes: { tier: 'tin' } }, false],
    ['a value of another type', tier(1), { kind: 'group', attributes: { tier: '1' } }, false],
    ['null, said', tier(null), { kind: 'group', attributes: { tier: null } }, true],
    ['null, not there', tier(null), { kind: 'group', attributes: {} }, false],
    ['no attributes', tier('gold'), { kind: 'group' }, false],
    [
      'what every object has',
      filter({ attribute: { name: 'toString', value: null } }),
      { kind: 'group', attributes: {} },
      false,
    ],
    [
      'both, and only one is so',
      filter({ kinds: ['room'], attribute: { name: 'tier', value: 'gold' } }),
      { kind: 'group', attributes: { tier: 'gold' } },
      false,
    ],
    ['no conversation', filter({ kinds: ['room'] }), undefined, true],
  ])('%s', (_title, given, conversation, expected) => {
    expect(concerns(given, conversation)).toBe(expected);
  });
});
