import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { runHooks } from '#contracts/hooks/run.js';
import type { enterRoom } from '#contracts/rooms.js';
import type { MembershipView } from '#contracts/sessions.js';
import type { Transaction } from '#platform/database/database.js';
import { changedMeanwhile, HookedOperations } from '../hooks/hooked-operations.port.js';
import { OperationHooks } from '../hooks/operation-hooks.port.js';
import { MembersStore } from '../store/members.store.js';
import { TimelineChanges, type ChangingConversation } from '../timeline-changes/timeline-changes.port.js';
import { RoomDoor } from './room-door.js';

type Question = z.output<typeof enterRoom.question>;

/** A session enters a room, after the `conversationAdd` hooks unless it is in already. */
@Injectable()
export class EnterRoom {
  constructor(
    private readonly timeline: TimelineChanges,
    private readonly members: MembersStore,
    private readonly door: RoomDoor,
    private readonly hooked: HookedOperations,
    private readonly hooks: OperationHooks,
  ) {}

  /** @throws HooklineError wrong_conversation_kind, user_blocked, not_a_member, service_unavailable, what hooks decide */
  async enter(question: Question): Promise<MembershipView> {
    const { applicationId, conversationId, userId, origin } = question;
    const conversation = await this.timeline.conversation(applicationId, conversationId);
    const { id, kind } = conversation;
    let wasIn = false;
    const outcome = await this.hooked.run(
      'conversationAdd',
      { applicationId, request: null, content: null },
      {
        ask: async () => {
          const how = await this.timeline.rehearse((transaction) =>
            this.go(transaction, conversation, question),
          );
          wasIn = how === 'again';
          if (wasIn) return null;
          return this.hooks.ask(runHooks.conversationAdd, {
            ...{ applicationId, conversation: { id, kind }, origin, initiatorId: userId },
            members: [userId],
          });
        },
        act: () =>
          this.timeline.transaction(async (transaction) => {
            const how = await this.go(transaction, conversation, question);
            if (wasIn && how === 'entered') throw changedMeanwhile();
            return { membership: await this.members.membership(conversation.key, userId, transaction) };
          }),
      },
    );
    if (!('membership' in outcome) || outcome.membership === null)
      throw new HooklineError('service_unavailable', 'The session is not open');
    return outcome.membership;
  }

  /** Under the head's lock, so that no block that is being made at the moment is missed. */
  private async go(
    transaction: Transaction,
    conversation: ChangingConversation,
    question: Question,
  ): Promise<'entered' | 'again'> {
    await this.timeline.lock(transaction, conversation);
    return this.door.pass(transaction, conversation, question);
  }
}
