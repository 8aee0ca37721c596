import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { SendCommand } from '#contracts/sending.js';
import { HooklineError } from '#contracts/errors.js';
import type { Audience, CustomEventType, Modification } from '#contracts/event.js';
import type { Attachment } from '#contracts/files.js';
import type { MessageContent } from '#contracts/message-content.js';
import { runMessageReceivedHooks } from '#contracts/hooks.js';
import { maySend } from '#domain/timeline/may-send.js';
import { audienceOf } from '#domain/timeline/visibility.js';
import { Bus } from '#platform/bus/bus.js';
import { HookRegistry } from '../hook-registry/hook-registry.port.js';
import { ApplicationsStore } from '../store/applications.store.js';
import type { ConversationHandle } from '../store/conversations.store.js';
import { MembersStore } from '../store/members.store.js';

export interface Passed {
  readonly kind: 'deliver';
  readonly content: MessageContent;
  readonly audience: Audience;
  readonly modified: Modification | null;
  /** Listed without being members. */
  readonly outsiders: readonly string[];
}

export type HookedVerdict =
  | Passed
  | { readonly kind: 'drop' }
  | { readonly kind: 'reject'; readonly code: number; readonly detail: string };

/** What somebody wants to say. */
export interface Said {
  readonly type: 'message' | CustomEventType;
  readonly content: MessageContent;
  readonly attachments: Attachment[] | undefined;
}

/** What is to be decided. `recipients` are all who would get it, without the sender. */
type HookQuestion = Omit<z.output<typeof runMessageReceivedHooks.question>, 'timestamp' | 'hookFailure'>;

/** Step 3 of the send path: what the hooks make of a message that may be sent. */
@Injectable()
export class PassHooks {
  constructor(
    private readonly registry: HookRegistry,
    private readonly applications: ApplicationsStore,
    private readonly members: MembersStore,
    private readonly bus: Bus,
  ) {}

  /** No registered hook costs no hop. */
  concern(applicationId: string): Promise<boolean> {
    return this.registry.has(applicationId, 'messageReceived');
  }

  /** @throws HooklineError when the sender may not send, a hook fails and aborts, or hook-engine does not answer */
  async pass(
    command: SendCommand,
    conversation: ConversationHandle,
    { type, content, attachments }: Said,
  ): Promise<HookedVerdict> {
    const { applicationId, senderId } = command;
    return this.ask({
      applicationId,
      commandId: command.commandId,
      conversation: { id: command.conversationId, kind: conversation.kind },
      origin: command.origin,
      event: { type, senderId, content, attachments },
      recipients: await this.recipients(command, conversation),
    });
  }

  /** @throws HooklineError when a hook fails and aborts, or hook-engine does not answer */
  async ask(question: HookQuestion): Promise<HookedVerdict> {
    const { applicationId, event, recipients: asked } = question;
    const { type, content } = event;
    const application = await this.applications.find(applicationId);
    const verdict = await this.bus
      .ask(runMessageReceivedHooks, {
        ...question,
        timestamp: Date.now(),
        hookFailure: application?.hookFailure === 'abort' ? 'abort' : 'continue',
      })
      .catch((error: unknown) => {
        throw error instanceof HooklineError ? new HooklineError('hook_engine_unavailable') : error;
      });
    switch (verdict.kind) {
      case 'deliver': {
        const audience = audienceOf(asked, verdict.recipients);
        const members = new Set(asked);
        return {
          kind: 'deliver',
          content: verdict.content,
          audience,
          modified: verdict.hookIds.length === 0 ? null : modificationOf(type, content, verdict, audience),
          outsiders:
            audience.kind === 'listed' ? audience.userIds.filter((userId) => !members.has(userId)) : [],
        };
      }
      case 'drop':
      case 'reject':
        return verdict;
      case 'abort':
        throw new HooklineError('hook_failed', `A hook failed: ${verdict.failure}`);
    }
  }

  private async recipients(
    { senderId, asMaster }: SendCommand,
    { key, kind, expiresAt }: ConversationHandle,
  ): Promise<string[]> {
    const participants = await this.members.participants(key, senderId, { isRoom: kind === 'room' });
    const decision = maySend({
      conversationState: participants?.state ?? 'deleted',
      conversationExpiresAt: expiresAt,
      member: participants?.members.get(senderId) ?? null,
      asMaster,
      now: Date.now(),
    });
    if (decision.kind === 'refused') throw new HooklineError(decision.reason);
    return [...(participants?.members.keys() ?? [])].filter((userId) => userId !== senderId);
  }
}

function modificationOf(
  type: 'message' | CustomEventType,
  original: MessageContent,
  { content, hookIds }: { readonly content: MessageContent; readonly hookIds: string[] },
  audience: Audience,
): Modification {
  const isRewritten = JSON.stringify(content) !== JSON.stringify(original);
  const rewritten: Pick<Modification, 'content' | 'data'> =
    type !== 'message' && content.type === 'json' ? { data: content.json } : { content };
  return {
    hookIds,
    ...(isRewritten && rewritten),
    ...(audience.kind === 'listed' && { recipients: [...audience.userIds] }),
  };
}
