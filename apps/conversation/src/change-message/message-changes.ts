import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import { usersNamedBy, type Audience, type Origin } from '#contracts/event.js';
import type { LiveEvent } from '#contracts/sessions.js';
import type { Transaction } from '#platform/database/database.js';
import { LivePublisher } from '../live/live-publisher.port.js';
import type { EventBody } from '../store/event-row.js';
import { MembersStore } from '../store/members.store.js';
import { OncePerKey, type AskedOnce } from '../store/once-per-key.js';
import {
  TimelineChanges,
  type ChangingConversation,
  type EventOfChange,
} from '../timeline-changes/timeline-changes.port.js';
import type { TargetEvent } from './target-messages.js';

interface EventAboutMessage {
  readonly origin: Origin;
  readonly senderId: string | null;
  readonly body: EventBody;
  readonly audience: Audience;
}

/** An event of the timeline, as answers name it. */
export interface Said {
  readonly eventId: string;
  readonly seq: number;
  readonly timestamp: number;
}

/** Under the lock of the conversation's head. */
export interface Changing {
  readonly transaction: Transaction;
  /** Appends an event about a message. Whoever has sent the message hears of it too, whoever changes it. */
  readonly say: (target: TargetEvent, event: EventAboutMessage) => Promise<Said>;
}

/** Changes of messages, each with an event about it in the same transaction, for those who could see the message. */
@Injectable()
export class MessageChanges {
  constructor(
    private readonly timeline: TimelineChanges,
    private readonly once: OncePerKey,
    private readonly members: MembersStore,
    private readonly live: LivePublisher,
  ) {}

  /** @throws HooklineError conversation_not_found */
  conversation(applicationId: string, conversationId: string): Promise<ChangingConversation> {
    return this.timeline.conversation(applicationId, conversationId);
  }

  /** @throws HooklineError conversation_not_found, conversation_inactive, idempotency_key_reused, what `work` throws */
  async run<Outcome>(
    conversation: ChangingConversation,
    asked: AskedOnce,
    work: (changing: Changing) => Promise<Outcome>,
  ): Promise<Outcome> {
    const said: LiveEvent[] = [];
    const outcome = await this.timeline.transaction(async (transaction) => {
      // The head before the key, as sending does: the other way round the two would wait for each other.
      const state = await this.timeline.lockInAnyState(transaction, conversation);
      return this.once.run(transaction, asked, async () => {
        if (state === 'inactive') throw new HooklineError('conversation_inactive');
        return work({
          transaction,
          say: async (target, about) => {
            const { event, appended } = await this.timeline.append(
              transaction,
              conversation,
              eventAbout(target, about),
            );
            said.push(event);
            return { eventId: event.event.id, ...appended };
          },
        });
      });
    });
    for (const event of said) await this.tell(conversation, event);
    return outcome;
  }

  /** After the commit; to those too who are listed without being members. What fails here is repaired by the gateways. */
  private async tell({ applicationId, key, kind }: ChangingConversation, live: LiveEvent): Promise<void> {
    this.timeline.tell([live]);
    if (live.audience.kind === 'broadcast') this.live.toApplication(applicationId, { kind: 'event', live });
    const listed = usersNamedBy(live.audience, kind) ?? [];
    if (listed.length === 0) return;
    // Of a service nobody is a participant: gateways whose clients follow it leave the notice alone.
    const participants = await this.members.participants(key, null, kind).catch(() => null);
    if (participants === null) return;
    const outsiders = listed.filter((userId) => !participants.members.has(userId));
    this.live.toOutsiders(applicationId, outsiders, live.event);
  }
}

function eventAbout(
  { event: { id, seq, senderId: author }, isInquiry }: TargetEvent,
  { origin, senderId, body, audience }: EventAboutMessage,
): EventOfChange {
  const withAuthor: Audience =
    audience.kind === 'listed' && senderId !== author
      ? { kind: 'listed', userIds: [...new Set([...audience.userIds, author])] }
      : audience;
  return { origin, senderId, body: { ...body, target: { id, seq } }, audience: withAuthor, isInquiry };
}
