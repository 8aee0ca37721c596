import type { ConversationPatch } from '#contracts/conversations.js';
import {
  hookAnswers,
  type ConversationHookAnswer,
  type ConversationUpdateAnswer,
} from '#contracts/hooks/answers.js';
import type { ProposalOf, QuestionOf } from '#contracts/hooks/run.js';
import { attributes as attributesSchema } from '#contracts/json-value.js';
import { mergePatch } from '#domain/conversations/merge-patch.js';
import type { HookAnswer } from '#domain/hooks/verdict.js';
import type { AskedOfHooks, BlockingHook } from './blocking-hook.port.js';

/** Before a conversation is created, or its members change: hooks may refuse, and change nothing. */
type Gate<Name extends 'conversationStart' | 'conversationAdd' | 'conversationRemove'> = BlockingHook<
  QuestionOf<Name>['request'],
  ConversationHookAnswer,
  ProposalOf<Name>
>;
export const conversationStart: Gate<'conversationStart'> = gate('conversationStart');
export const conversationAdd: Gate<'conversationAdd'> = gate('conversationAdd');
export const conversationRemove: Gate<'conversationRemove'> = gate('conversationRemove');

type Update = ProposalOf<'conversationUpdate'>;
type Conversation = QuestionOf<'conversationUpdate'>['request']['conversation'];

/** Before a conversation changes, or a member mutes it. */
export const conversationUpdate: BlockingHook<
  QuestionOf<'conversationUpdate'>['request'],
  ConversationUpdateAnswer,
  Update
> = {
  name: 'conversationUpdate',
  answer: hookAnswers.conversationUpdate,
  propose: ({ changes, muted }) => ({
    ...(changes !== undefined && { changes }),
    ...(muted !== undefined && { muted }),
  }),
  show: (asked, proposal) => ({ ...asked, ...proposal }),
  read: (answer, shown) => {
    if (answer.action === 'reject') return refusal(answer);
    if (answer.changes !== undefined && !isStorable(answer.changes, shown)) return null;
    // Seed 002: what does not match what was asked for is discarded.
    const changes: Update = {
      ...(shown.changes !== undefined && answer.changes !== undefined && { changes: answer.changes }),
      ...(shown.muted !== undefined && answer.muted !== undefined && { muted: answer.muted }),
    };
    return Object.keys(changes).length === 0 ? { kind: 'pass' } : { kind: 'rewrite', changes };
  },
};

/** Merged, attributes may be more than each patch was; then it is not whoever asked that is wrong. */
function isStorable(
  { attributes }: ConversationPatch,
  { conversation }: { conversation: Conversation },
): boolean {
  if (attributes === undefined) return true;
  return attributesSchema.safeParse(mergePatch(conversation.attributes ?? {}, attributes)).success;
}

function gate<Asked extends AskedOfHooks>(
  name: 'conversationStart' | 'conversationAdd' | 'conversationRemove',
): BlockingHook<Asked, ConversationHookAnswer, Record<string, never>> {
  return {
    name,
    answer: hookAnswers[name],
    propose: () => ({}),
    show: (asked) => asked,
    read: (answer) => (answer.action === 'reject' ? refusal(answer) : { kind: 'pass' }),
  };
}

function refusal({ code, detail }: { readonly code: number; readonly detail: string }): HookAnswer<never> {
  return { kind: 'reject', code, detail };
}
