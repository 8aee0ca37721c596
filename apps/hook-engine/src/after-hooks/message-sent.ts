import { Injectable } from '@nestjs/common';
import { v5 as uuidv5 } from 'uuid';
import { z } from 'zod';
import { splitByPresence } from '#contracts/presence.js';
import { HooklineError } from '#contracts/errors.js';
import {
  isCustomEventType,
  usersNamedBy,
  type CustomEvent,
  type MessageEvent,
  type TimelineEvent,
} from '#contracts/event.js';
import { messageSentRequest, type MessageSentRequest } from '#contracts/hooks/requests.js';
import { conversationKey, userId } from '#contracts/identifiers.js';
import { streamEvent, type StreamEvent } from '#contracts/stream.js';
import { Bus } from '#platform/bus/bus.js';
import type { InboxEntry } from '#platform/database/durable/inbox-table.js';
import type { NewJob } from '#platform/database/durable/job-table.js';
import { concerns } from '#domain/hooks/concern.js';
import { HooksStore, type StoredHook } from '../store/hooks.store.js';

/** One call to come. Who is online is found out just before it, so the request lacks that. */
export const pendingMessageSent = z.object({
  conversationKey,
  /** Null stands for all members. */
  recipients: z.array(userId).readonly().nullable(),
  request: messageSentRequest.omit({ onlineRecipients: true, offlineRecipients: true }),
});
type PendingCall = z.output<typeof pendingMessageSent>;

/** What `messageSent` hooks are told: stored events, and who of their recipients is connected. */
@Injectable()
export class MessageSent {
  constructor(
    private readonly hooks: HooksStore,
    private readonly bus: Bus,
  ) {}

  /** One job for every event and every hook that is to be told about it. */
  async expand(entries: readonly InboxEntry[]): Promise<NewJob[]> {
    // Read whole before they were taken over.
    const stored = entries.map(({ payload }) => JSON.parse(payload) as StreamEvent);
    const applicationIds = [...new Set(stored.map(({ applicationId }) => applicationId))];
    const hooks = Map.groupBy(
      await this.hooks.enabledOf(applicationIds, 'messageSent'),
      ({ applicationId }) => applicationId,
    );
    return stored.flatMap((one) => {
      const { event, conversationKey: lane } = one;
      if (!isSent(event)) return [];
      const concerned = (hooks.get(one.applicationId) ?? []).filter((hook) => isWanted(hook, one));
      return concerned.map((hook) => ({
        target: hook.id,
        owner: hook.applicationId,
        lane,
        seq: event.seq,
        eventId: event.id,
        payload: JSON.stringify(pending(one, event, hook)),
      }));
    });
  }

  /** @returns null when nobody can tell who is online */
  async complete(call: PendingCall): Promise<MessageSentRequest | null> {
    const presence = await this.presence(call);
    return presence && { ...call.request, ...presence };
  }

  private async presence({ conversationKey, recipients, request }: PendingCall) {
    try {
      const { online, offline } = await this.bus.ask(splitByPresence, {
        applicationId: request.applicationId,
        conversationKey,
        seq: request.event.seq,
        userIds: recipients,
        exclude: [request.event.senderId],
      });
      return { onlineRecipients: online, offlineRecipients: offline.map(({ userId }) => userId) };
    } catch (error) {
      if (error instanceof HooklineError) return null;
      throw error;
    }
  }
}

/** A conversation is a lane. @throws when this release cannot read the event */
export function readEntry(line: string): InboxEntry {
  const { conversationKey, event } = streamEvent.parse(JSON.parse(line));
  return { lane: conversationKey, seq: event.seq, payload: line };
}

function isSent(event: TimelineEvent): event is MessageEvent | CustomEvent {
  return event.type === 'message' || isCustomEventType(event.type);
}

/** Without attributes it was handed on before there was a filter for them: then it is told as if there were none. */
function isWanted(hook: StoredHook, { conversationKind: kind, attributes }: StreamEvent): boolean {
  const filter = attributes === undefined ? { ...hook, attribute: null } : hook;
  return concerns(filter, { kind, attributes });
}

function pending(stored: StreamEvent, event: MessageEvent | CustomEvent, hook: StoredHook): PendingCall {
  const { applicationId, conversationKey, conversationKind, origin } = stored;
  return {
    conversationKey,
    recipients: usersNamedBy(stored.audience, conversationKind),
    request: {
      id: uuidv5(event.id, hook.id),
      applicationId,
      timestamp: event.timestamp,
      conversation: { id: event.conversationId, kind: conversationKind },
      origin,
      hook: 'messageSent',
      event,
    },
  };
}
