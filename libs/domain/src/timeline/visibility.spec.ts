import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  audienceOf,
  isVisible,
  narrowed,
  nothingVisible,
  visibleRange,
  type Audience,
  audienceOfChange,
} from './visibility.js';

const everyone: Audience = { kind: 'everyone' };
const event = (seq: number, audience: Audience = everyone, senderId: string | null = 'tom') => ({
  seq,
  senderId,
  audience,
});
const userIds = fc.uniqueArray(fc.constantFrom('tom', 'jerry', 'spike', 'tyke', 'toodles'));

describe('who may see an event', () => {
  const wholeStay = visibleRange({ joinedSeq: 5, leftSeq: null }, 'start');
  const laterStay = visibleRange({ joinedSeq: 5, leftSeq: 9 }, 'joined');

  test.each([
    ['a member sees what was there before, when history is open from the start', event(1), wholeStay, true],
    ['a member sees what comes', event(100), wholeStay, true],
    ['history from joining: nothing before', event(4), laterStay, false],
    ['history from joining: the joining itself', event(5), laterStay, true],
    ['a former member sees its leaving', event(9), laterStay, true],
    ['a former member sees nothing after its leaving', event(10), laterStay, false],
    ['a stranger sees nothing', event(1), nothingVisible, false],
    [
      'a stranger sees what is listed for it',
      event(1, { kind: 'listed', userIds: ['jerry'] }),
      nothingVisible,
      true,
    ],
    [
      'a member does not see what is listed for others',
      event(6, { kind: 'listed', userIds: ['spike'] }),
      wholeStay,
      false,
    ],
    ['nobody but operators sees what is for operators', event(6, { kind: 'operators' }), wholeStay, false],
    ['a stranger sees a broadcast', event(1, { kind: 'broadcast' }), nothingVisible, true],
    ['a member sees a broadcast from before its stay', event(4, { kind: 'broadcast' }), laterStay, true],
    [
      'the sender sees what it sent, whoever else may',
      event(6, { kind: 'listed', userIds: [] }, 'jerry'),
      wholeStay,
      true,
    ],
  ])('%s', (_promise, seen, range, isOpen) => {
    expect(isVisible(seen, 'jerry', range)).toBe(isOpen);
  });
});

describe('the audience that hooks decide', () => {
  test('recipients that are the same set are no narrowing, in whatever order and number', () => {
    fc.assert(
      fc.property(userIds, fc.array(fc.nat()), (asked, shuffle) => {
        const decided = [...asked].sort(
          (left, right) => (shuffle[asked.indexOf(left)] ?? 0) - (shuffle[asked.indexOf(right)] ?? 0),
        );
        expect(audienceOf(asked, [...decided, ...decided])).toEqual(everyone);
      }),
    );
  });

  test('other recipients are listed, each once', () => {
    fc.assert(
      fc.property(userIds, userIds, (asked, decided) => {
        fc.pre(asked.length !== decided.length || !asked.every((userId) => decided.includes(userId)));
        expect(audienceOf(asked, [...decided, ...decided])).toEqual({ kind: 'listed', userIds: decided });
      }),
    );
  });

  test('no recipients at all means nobody but the sender', () => {
    const audience = audienceOf(['jerry'], []);
    expect(
      isVisible(event(6, audience, 'tom'), 'jerry', visibleRange({ joinedSeq: 1, leftSeq: null }, 'start')),
    ).toBe(false);
    expect(
      isVisible(event(6, audience, 'tom'), 'tom', visibleRange({ joinedSeq: 1, leftSeq: null }, 'start')),
    ).toBe(true);
  });
});

describe('the audience of what was not for everyone, when hooks have decided', () => {
  const listed: Audience = { kind: 'listed', userIds: ['jerry', 'spike'] };
  const own: Audience = { kind: 'listed', userIds: ['tom'] };

  test.each<[string, Audience, string[], string[], Audience]>([
    ['the same set', listed, ['jerry', 'spike'], ['spike', 'jerry'], listed],
    ['fewer', listed, ['jerry', 'spike'], ['spike'], { kind: 'listed', userIds: ['spike'] }],
    ['nobody', listed, ['jerry', 'spike'], [], { kind: 'listed', userIds: [] }],
    ['others', listed, ['jerry', 'spike'], ['tyke'], { kind: 'listed', userIds: ['tyke'] }],
    ['nobody, of an inquiry that is for nobody', own, [], [], own],
    ['somebody, of such an inquiry', own, [], ['tyke'], { kind: 'listed', userIds: ['tyke'] }],
    ['nobody, of an announcement', everyone, [], [], everyone],
  ])('%s', (_name, asked, recipients, decided, expected) => {
    expect(narrowed(asked, recipients, decided)).toEqual(expected);
  });

  test('never opens anything to everyone', () => {
    fc.assert(
      fc.property(userIds, userIds, (recipients, decided) => {
        expect(narrowed({ kind: 'listed', userIds: recipients }, recipients, decided).kind).toBe('listed');
      }),
    );
  });
});

describe('whom a change of a message is told to', () => {
  test.each([
    [['a', 'b'], ['b', 'a'], null],
    [['a', 'b'], ['a'], ['a']],
    [['a', 'b'], [], []],
    [['a', 'b'], ['a', 'b', 'stranger'], null],
    [['a', 'b'], ['stranger'], []],
    [[], ['stranger'], null],
  ])('of %j hooks name %j', (asked, decided, userIds) => {
    expect(audienceOfChange(asked, decided)).toEqual(userIds === null ? null : { kind: 'listed', userIds });
  });
});
