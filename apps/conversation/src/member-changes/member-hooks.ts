import type { Origin } from '#contracts/event.js';
import type { BlockingHookName } from '#contracts/hooks/names.js';
import { runHooks, type ProposalOf } from '#contracts/hooks/run.js';
import type { OperationHooks } from '../hooks/operation-hooks.port.js';
import {
  causeOf,
  type ChangingConversation,
  type DoneBy,
} from '../timeline-changes/timeline-changes.port.js';

/** What hooks have let pass. */
export interface Passed<Proposal> {
  readonly kind: 'deliver';
  readonly proposal: Proposal;
  readonly hookIds: readonly string[];
}

export type MemberVerdict<Proposal> =
  | Passed<Proposal>
  | { readonly kind: 'drop' }
  | { readonly kind: 'reject'; readonly code: number; readonly detail: string };

/** The hooks that are asked before an operation that concerns members. */
export interface MemberHooks<Proposal> {
  readonly name: BlockingHookName;
  readonly ask: (
    hooks: OperationHooks,
    conversation: ChangingConversation,
    userIds: readonly string[],
  ) => Promise<MemberVerdict<Proposal>>;
}

type Nothing = Record<string, never>;

/** Before users become members. */
export function adding(by: DoneBy): MemberHooks<Nothing> {
  return {
    name: 'conversationAdd',
    ask: (hooks, conversation, members) =>
      hooks.ask(runHooks.conversationAdd, { ...about(conversation, by), members: [...members] }),
  };
}

/** Before others make members go. */
export function removing(by: DoneBy): MemberHooks<Nothing> {
  return {
    name: 'conversationRemove',
    ask: (hooks, conversation, members) =>
      hooks.ask(runHooks.conversationRemove, { ...about(conversation, by), members: [...members] }),
  };
}

/** Before a user mutes a conversation, or does so no more. */
export function muting(
  { origin, userId }: { readonly origin: Origin; readonly userId: string },
  muted: boolean,
): MemberHooks<ProposalOf<'conversationUpdate'>> {
  return {
    name: 'conversationUpdate',
    ask: (hooks, { applicationId, id, kind }) =>
      hooks.ask(runHooks.conversationUpdate, {
        ...{ applicationId, conversation: { id, kind }, origin, initiatorId: userId, muted },
      }),
  };
}

function about({ applicationId, id, kind }: ChangingConversation, { actor, origin }: DoneBy) {
  return { applicationId, conversation: { id, kind }, origin, initiatorId: causeOf(actor) };
}
