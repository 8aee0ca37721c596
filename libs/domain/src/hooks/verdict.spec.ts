import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { sameRecipients } from './recipients.js';
import {
  applyAnswer,
  applyFailure,
  propose,
  type FailurePolicy,
  type HookAnswer,
  type Verdict,
} from './verdict.js';

interface Proposal {
  readonly content: string;
  readonly recipients: readonly string[];
}
type Answer = HookAnswer<Proposal>;
type Turn = { hookId: string } & ({ answer: Answer } | { failure: string; policy: FailurePolicy });

const asked: Proposal = { content: 'Holy crap!', recipients: ['jerry', 'spike'] };
const open = propose(asked);

function rewrite(changes: Partial<Proposal>): Answer {
  return { kind: 'rewrite', changes };
}

function apply(verdict: Verdict<Proposal>, turn: Turn): Verdict<Proposal> {
  return 'answer' in turn
    ? applyAnswer(verdict, turn.hookId, turn.answer)
    : applyFailure(verdict, turn.hookId, turn.failure, turn.policy);
}

function decide(proposal: Proposal, turns: Turn[]): Verdict<Proposal> {
  return turns.reduce(apply, propose(proposal));
}

describe('one hook', () => {
  test.each<[string, Answer, object]>([
    ['pass changes nothing', { kind: 'pass' }, { proposal: asked, hookIds: [] }],
    [
      'a new content replaces the old and keeps the recipients',
      rewrite({ content: 'Holy **!' }),
      { proposal: { content: 'Holy **!', recipients: asked.recipients }, hookIds: ['a'] },
    ],
    [
      'new recipients keep the content',
      rewrite({ recipients: ['jerry'] }),
      { proposal: { content: asked.content, recipients: ['jerry'] }, hookIds: ['a'] },
    ],
    [
      'somebody who was not a recipient may become one',
      rewrite({ recipients: ['butch'] }),
      { proposal: { recipients: ['butch'] }, hookIds: ['a'] },
    ],
    [
      'no recipients: a delivery to nobody but the sender, not a drop',
      rewrite({ recipients: [] }),
      { kind: 'deliver', proposal: { recipients: [] }, hookIds: ['a'] },
    ],
    ['the same content is no change', rewrite({ content: asked.content }), { proposal: asked, hookIds: [] }],
    [
      'the same recipients in another order are no change',
      rewrite({ recipients: ['spike', 'jerry', 'spike'] }),
      { proposal: asked, hookIds: [] },
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
      { hookId: 'a', answer: rewrite({ content: 'Holy **!' }) },
      { hookId: 'b', answer: { kind: 'pass' } },
      { hookId: 'c', answer: rewrite({ content: 'Holy **!', recipients: ['jerry', 'spike'] }) },
      { hookId: 'd', answer: rewrite({ recipients: ['jerry'] }) },
    ];
    expect(decide(asked, turns)).toEqual({
      kind: 'deliver',
      proposal: { content: 'Holy **!', recipients: ['jerry'] },
      hookIds: ['a', 'd'],
    });
  });

  test('a failure keeps what the hooks before it have changed', () => {
    const turns: Turn[] = [
      { hookId: 'a', answer: rewrite({ content: 'Holy **!' }) },
      { hookId: 'b', failure: 'status_500', policy: 'continue' },
    ];
    expect(decide(asked, turns)).toMatchObject({ proposal: { content: 'Holy **!' }, hookIds: ['a'] });
  });
});

describe('whatever the hooks say', () => {
  const users = fc.uniqueArray(fc.constantFrom('tom', 'jerry', 'spike', 'tyke', 'butch'));
  const contents = fc.constantFrom<string[]>('Holy crap!', 'Holy **!', '');
  const proposals = fc.record({ content: contents, recipients: users });
  const openAnswers = fc.oneof(
    fc.constant<Answer>({ kind: 'pass' }),
    fc.record({ content: contents, recipients: users }, { requiredKeys: [] }).map(rewrite),
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

  test('what is delivered has the fields that were proposed, and no other', () => {
    fc.assert(
      fc.property(proposals, fc.array(openTurns), (proposal, turns) => {
        const verdict = decide(proposal, turns);
        const fields = verdict.kind === 'deliver' ? Object.keys(verdict.proposal) : [];
        expect(fields.toSorted()).toEqual(Object.keys(proposal).toSorted());
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
          { hookId: 'last', answer: rewrite({ content, recipients }) },
        ]);
        if (verdict.kind !== 'deliver') throw new Error('not delivered');
        expect(verdict.proposal.content).toBe(content);
        expect(sameRecipients(verdict.proposal.recipients, recipients)).toBe(true);
      }),
    );
  });

  test('nobody is named unless something was changed at that moment', () => {
    fc.assert(
      fc.property(proposals, fc.array(openTurns), (proposal, turns) => {
        let verdict: Verdict<Proposal> = propose(proposal);
        for (const turn of turns) {
          const next = apply(verdict, turn);
          if (verdict.kind !== 'deliver' || next.kind !== 'deliver') throw new Error('not delivered');
          const changed =
            next.proposal.content !== verdict.proposal.content ||
            !sameRecipients(next.proposal.recipients, verdict.proposal.recipients);
          expect(next.hookIds).toEqual(changed ? [...verdict.hookIds, turn.hookId] : verdict.hookIds);
          verdict = next;
        }
      }),
    );
  });
});
