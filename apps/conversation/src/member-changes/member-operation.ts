import { Injectable } from '@nestjs/common';
import type { IdempotentRequest } from '#contracts/idempotency.js';
import { HooklineError } from '#contracts/errors.js';
import { isService } from '#domain/conversations/service.js';
import { hasMembers } from '#domain/permissions/may-join.js';
import type { Transaction } from '#platform/database/database.js';
import { changedMeanwhile, HookedOperations } from '../hooks/hooked-operations.port.js';
import { OperationHooks } from '../hooks/operation-hooks.port.js';
import { OncePerKey } from '../store/once-per-key.js';
import { TimelineChanges, type ChangingConversation } from '../timeline-changes/timeline-changes.port.js';
import { MemberChanges, type MemberChange } from './member-changes.port.js';
import type { MemberHooks, MemberVerdict, Passed } from './member-hooks.js';

interface Asked {
  readonly applicationId: string;
  readonly conversationId: string;
  readonly request: IdempotentRequest | null;
}

interface Options<Proposal> {
  readonly inRooms?: boolean;
  /** What services have not: roles and invitations. */
  readonly notInServices?: boolean;
  readonly hooks?: MemberHooks<Proposal>;
}

type Work<Proposal> = (
  transaction: Transaction,
  conversation: ChangingConversation,
  proposal: Proposal | null,
) => Promise<MemberChange | null>;

/** What is remembered under the request's key. */
interface Done<Proposal> {
  readonly passed: Passed<Proposal> | null;
}

/**
 * What every operation on members does around its decision: hooks first, then once per key, under the head's lock, told
 * after the commit.
 */
@Injectable()
export class MemberOperation {
  constructor(
    private readonly timeline: TimelineChanges,
    private readonly changes: MemberChanges,
    private readonly once: OncePerKey,
    private readonly hooked: HookedOperations,
    private readonly operationHooks: OperationHooks,
  ) {}

  /**
   * @param name which operation: a user's keys are shared by all of them
   * @param content what else makes it the same request
   * @param work changes, or has nothing to change (null). With hooks it is rehearsed first: whatever it refuses, no hook
   *   hears of, and whom it concerns they are told
   * @returns the conversation. With a repeated key neither the work nor its check is done: what is read for the answer
   *   has to be allowed anew, or whoever was thrown out reads what has become of it
   * @throws HooklineError conversation_not_found, conversation_inactive, wrong_conversation_kind, what `work` throws, and with
   *   hooks rejected_by_hook, hook_failed, hook_engine_unavailable
   */
  async run<Proposal = never>(
    name: string,
    { applicationId, conversationId, request }: Asked,
    content: unknown,
    work: Work<Proposal>,
    { inRooms = false, notInServices = false, hooks }: Options<Proposal> = {},
  ): Promise<
    Pick<ChangingConversation, 'key' | 'kind' | 'equalMembers'> & { readonly passed: Passed<Proposal> | null }
  > {
    const conversation = await this.timeline.conversation(applicationId, conversationId);
    const asked = { applicationId, request, content: [name, conversationId, content] };
    const requirePossible = (state: 'active' | 'inactive'): void => {
      if (state === 'inactive') throw new HooklineError('conversation_inactive');
      const { kind } = conversation;
      const isPossible =
        (hasMembers(kind) && !(notInServices && isService(kind))) || (inRooms && kind === 'room');
      if (!isPossible) throw new HooklineError('wrong_conversation_kind');
    };
    let concerned: readonly string[] | null = null;
    let change: MemberChange | null = null;
    let isThere = false as boolean;
    const act = (passed: Passed<Proposal> | null): Promise<Done<Proposal>> =>
      this.timeline.transaction(async (transaction) => {
        // The head before the key, as sending does: the other way round the two would wait for each other.
        const state = await this.timeline.lockInAnyState(transaction, conversation);
        isThere = true;
        return this.once.run<Done<Proposal>>(transaction, asked, async () => {
          requirePossible(state);
          change = await work(transaction, conversation, passed?.proposal ?? null);
          if (concerned !== null && concernedBy(change).some((userId) => !concerned?.includes(userId)))
            throw changedMeanwhile();
          if (change?.occurrence !== undefined)
            await this.timeline.occurred(transaction, conversation, change.occurrence);
          return { passed };
        });
      });
    const ask = async (asking: MemberHooks<Proposal>): Promise<MemberVerdict<Proposal> | null> => {
      const rehearsed = await this.timeline.rehearse(async (transaction) => {
        requirePossible(await this.timeline.lockInAnyState(transaction, conversation));
        return work(transaction, conversation, null);
      });
      concerned = concernedBy(rehearsed);
      return concerned.length === 0 ? null : asking.ask(this.operationHooks, conversation, concerned);
    };
    const done =
      hooks === undefined
        ? await act(null)
        : await this.hooked.run(hooks.name, asked, { ask: () => ask(hooks), act });
    this.changes.tell(change);
    // Answered before without looking: of what was deleted since nothing is read for the answer.
    if (!isThere)
      await this.timeline.rehearse((transaction) => this.timeline.lockInAnyState(transaction, conversation));
    const { key, kind, equalMembers } = conversation;
    return { key, kind, equalMembers, passed: 'passed' in done ? done.passed : null };
  }
}

/**
 * Whose conversation lists have another entry by it: the members who come, go, or mute; nobody who is invited. And whoever is
 * put out of a room.
 */
function concernedBy(change: MemberChange | null): readonly string[] {
  if (change === null) return [];
  const { memberships, evicted } = change;
  return [...memberships, ...(evicted === undefined ? [] : [evicted])].map(({ userId }) => userId);
}
