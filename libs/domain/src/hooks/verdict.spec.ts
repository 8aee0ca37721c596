import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { sameRecipients } from './recipients.js';
import {
  applyAnswer,
  applyFailure,
  propose,
  type FailurePolicy,
  type HookAnswer,
  type Proposal,
  type Verdict,
} from './verdict.js';

type Answer = HookAnswer<string>;
type Turn = { hookId: string } & ({ answer: Answer } | { failure: string; policy: FailurePolicy });

const asked: Proposal<string> = { content: 'Holy crap!', recipients: ['jerry', 'spike'] };
const open = propose(asked);

function apply(verdict: Verdict<string>, turn: Turn): Verdict<string> {
  return 'answer' in turn
    ? applyAnswer(verdict, turn.hookId, turn.answer)
    : applyFailure(verdict, turn.hookId, turn.failure, turn.policy);
}

function decide(proposal: Proposal<string>, turns: Turn[]): Verdict<string> {
  return turns.reduce(apply, propose(proposal));
}

describe('one hook', () => {
  test.each<[string, Answer, Partial<Verdict<string>>]>([
    ['pass changes nothing', { kind: 'pass' }, { ...asked, hookIds: [] }],
    [
      'a new content replaces the old and keeps the recipients',
      { kind: 'rewrite', content: 'Holy **!' },
      { content: 'Holy **!', recipients: asked.recipients, hookIds: ['a'] },
    ],
    [
      'new recipients keep the content',
      { kind: 'rewrite', recipients: ['jerry'] },
      { content: asked.content, recipients: ['jerry'], hookIds: ['a'] },
    ],
    [
      'somebody who was not a recipient may become one',
      { kind: 'rewrite', recipients: ['butch'] },
      { recipients: ['butch'], hookIds: ['a'] },
    ],
    [
      'no recipients: a delivery to nobody but the sender, not a drop',
      { kind: 'rewrite', recipients: [] },
      { kind: 'deliver', recipients: [], hookIds: ['a'] },
    ],
    ['the same content is no change', { kind: 'rewrite', content: asked.content }, { ...asked, hookIds: [] }],
    [
      'the same recipients in another order are no change',
      { kind: 'rewrite', recipients: ['spike', 'jerry', 'spike'] },
      { ...asked, hookIds: [] },
    ],
    ['drop', { kind: 'drop' }, { kind: 'drop', hookId: 'a' }],
    [
      'reject carries code and detail',
      { kind: 'reject', code: 1234, detail: 'No advertisements here' },
      { kind: 'reject', hookId: 'a', code: 1234, detail: 'No advertisements here' },
    ],
  ])('%s', (_title, answer, expected) => {
    expect(applyAnswer(open, 'a', answer)).toMatchObject(expected);
  });

  test('a failure continues with what was proposed', () => {
    expect(applyFailure(open, 'a', 'timeout', 'continue')).toBe(open);
  });

  test('a failure aborts when that is the policy', () => {
    expect(applyFailure(open, 'a', 'timeout', 'abort')).toEqual({
      kind: 'abort',
      hookId: 'a',
      failure: 'timeout',
    });
  });
});

describe('several hooks', () => {
  test('each sees what the one before made of it, and all who changed something are named in order', () => {
    const turns: Turn[] = [
      { hookId: 'a', answer: { kind: 'rewrite', content: 'Holy **!' } },
      { hookId: 'b', answer: { kind: 'pass' } },
      { hookId: 'c', answer: { kind: 'rewrite', content: 'Holy **!', recipients: ['jerry', 'spike'] } },
      { hookId: 'd', answer: { kind: 'rewrite', recipients: ['jerry'] } },
    ];
    expect(decide(asked, turns)).toEqual({
      kind: 'deliver',
      content: 'Holy **!',
      recipients: ['jerry'],
      hookIds: ['a', 'd'],
    });
  });

  test('a failure keeps what the hooks before it have changed', () => {
    const turns: Turn[] = [
      { hookId: 'a', answer: { kind: 'rewrite', content: 'Holy **!' } },
      { hookId: 'b', failure: 'status_500', policy: 'continue' },
    ];
    expect(decide(asked, turns)).toMatchObject({ content: 'Holy **!', hookIds: ['a'] });
  });
});

describe('whatever the hooks say', () => {
  const users = fc.uniqueArray(fc.constantFrom('tom', 'jerry', 'spike', 'tyke', 'butch'));
  const contents = fc.constantFrom<string[]>('Holy crap!', 'Holy **!', '');
  const proposals = fc.record({ content: contents, recipients: users });
  const openAnswers = fc.oneof(
    fc.constant<Answer>({ kind: 'pass' }),
    fc
      .record({ content: contents, recipients: users }, { requiredKeys: [] })
      .map((change): Answer => ({ kind: 'rewrite', ...change })),
  );
  const finalAnswers = fc.oneof(
    fc.constant<Answer>({ kind: 'drop' }),
    fc.record({ kind: fc.constant('reject' as const), code: fc.integer(), detail: fc.string() }),
  );
  const hookIds = fc.uuid();
  const openTurns = fc.oneof(
    fc.record({ hookId: hookIds, answer: openAnswers }),
    fc.record({ hookId: hookIds, failure: fc.constant('timeout'), policy: fc.constant('continue' as const) }),
  );
  const finalTurns = fc.oneof(
    fc.record({ hookId: hookIds, answer: finalAnswers }),
    fc.record({ hookId: hookIds, failure: fc.constant('timeout'), policy: fc.constant('abort' as const) }),
  );
  const anyTurns = fc.array(fc.oneof(openTurns, finalTurns));

  test('the first final word stands, and names the hook that spoke it', () => {
    fc.assert(
      fc.property(proposals, fc.array(openTurns), finalTurns, anyTurns, (proposal, before, last, after) => {
        const verdict = decide(proposal, [...before, last]);
        expect(verdict).toMatchObject({ hookId: last.hookId });
        expect(decide(proposal, [...before, last, ...after])).toEqual(verdict);
      }),
    );
  });

  test('without a final word it is delivered', () => {
    fc.assert(
      fc.property(proposals, fc.array(openTurns), (proposal, turns) => {
        expect(decide(proposal, turns).kind).toBe('deliver');
      }),
    );
  });

  test('saying the same twice is saying it once', () => {
    fc.assert(
      fc.property(proposals, anyTurns, openTurns, (proposal, turns, turn) => {
        expect(decide(proposal, [...turns, turn, turn])).toEqual(decide(proposal, [...turns, turn]));
      }),
    );
  });

  test('passes and tolerated failures may be left out', () => {
    const silent = (turn: Turn) =>
      'answer' in turn ? turn.answer.kind === 'pass' : turn.policy === 'continue';
    fc.assert(
      fc.property(proposals, anyTurns, (proposal, turns) => {
        expect(decide(proposal, turns)).toEqual(
          decide(
            proposal,
            turns.filter((turn) => !silent(turn)),
          ),
        );
      }),
    );
  });

  test('order counts: the last rewrite of a thing wins', () => {
    fc.assert(
      fc.property(proposals, fc.array(openTurns), users, contents, (proposal, turns, recipients, content) => {
        const verdict = decide(proposal, [
          ...turns,
          { hookId: 'last', answer: { kind: 'rewrite', content, recipients } },
        ]);
        if (verdict.kind !== 'deliver') throw new Error('not delivered');
        expect(verdict.content).toBe(content);
        expect(sameRecipients(verdict.recipients, recipients)).toBe(true);
      }),
    );
  });

  test('nobody is named unless something was changed at that moment', () => {
    fc.assert(
      fc.property(proposals, fc.array(openTurns), (proposal, turns) => {
        let verdict = propose(proposal);
        for (const turn of turns) {
          const next = apply(verdict, turn);
          if (verdict.kind !== 'deliver' || next.kind !== 'deliver') throw new Error('not delivered');
          const changed =
            next.content !== verdict.content || !sameRecipients(next.recipients, verdict.recipients);
          expect(next.hookIds).toEqual(changed ? [...verdict.hookIds, turn.hookId] : verdict.hookIds);
          verdict = next;
        }
      }),
    );
  });
});
