import { Injectable } from '@nestjs/common';
import type { SendCommand } from '#contracts/sending.js';
import { HooklineError } from '#contracts/errors.js';
import { usersNamedBy, type Audience, type CustomEventType, type Modification } from '#contracts/event.js';
import type { Attachment } from '#contracts/files.js';
import type { MessageContent } from '#contracts/message-content.js';
import { runHooks } from '#contracts/hooks/run.js';
import { maySend } from '#domain/timeline/may-send.js';
import { isService } from '#domain/conversations/service.js';
import { narrowed } from '#domain/timeline/visibility.js';
import { OperationHooks } from '../hooks/operation-hooks.port.js';
import { BeforeHooksStore } from '../store/before-hooks.store.js';
import type { ConversationHandle } from '../store/conversations.store.js';
import type { Participants } from '../store/subscribers.store.js';
import type { RequestIdentity, StoredRequest } from '../store/requests.store.js';

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
  /** The request was answered before, and no hook was asked. */
  | { readonly kind: 'answered_before'; readonly stored: StoredRequest }
  | { readonly kind: 'drop' }
  | { readonly kind: 'reject'; readonly code: number; readonly detail: string };

/** What somebody wants to say. */
export interface Said {
  readonly type: 'message' | CustomEventType;
  readonly content: MessageContent;
  readonly attachments: Attachment[] | undefined;
  /** Who is to see it, before hooks have decided. */
  readonly audience: Audience;
}

/** Step 3 of the send path: what the hooks make of a message that may be sent. */
@Injectable()
export class PassHooks {
  constructor(
    private readonly hooks: OperationHooks,
    private readonly before: BeforeHooksStore,
  ) {}

  /** No registered hook costs no hop. */
  concern(applicationId: string): Promise<boolean> {
    return this.hooks.concern(applicationId, 'messageReceived');
  }

  /** @throws HooklineError when the sender may not send, a hook fails and aborts, or hook-engine does not answer */
  async pass(
    command: SendCommand,
    request: RequestIdentity,
    conversation: ConversationHandle,
    { type, content, attachments, audience: asked }: Said,
  ): Promise<HookedVerdict> {
    const { applicationId, conversationId, senderId, draft } = command;
    const { key, kind } = conversation;
    const before = await this.before.find(request, { id: conversationId, key, kind }, senderId);
    if (before.answered !== null) return { kind: 'answered_before', stored: before.answered };
    const recipients = recipientsOf(command, conversation, before.participants, asked);
    const mentions = draft.kind === 'message' ? draft.mentions : undefined;
    const verdict = await this.hooks.ask(
      runHooks.messageReceived,
      {
        applicationId,
        conversation: { id: conversationId, kind },
        origin: command.origin,
        event: { type, senderId, content, attachments, mentions },
        recipients,
      },
      command.commandId,
      before.context,
    );
    if (verdict.kind !== 'deliver') return verdict;
    const { proposal, hookIds } = verdict;
    const decided = narrowed(asked, recipients, proposal.recipients);
    const isNarrowed = decided !== asked;
    const audience = isService(kind) && isNarrowed ? withSender(decided, senderId) : decided;
    return {
      kind: 'deliver',
      content: proposal.content,
      audience,
      modified:
        hookIds.length === 0
          ? null
          : modificationOf(type, content, { ...proposal, hookIds }, isNarrowed ? decided : null),
      outsiders: outsidersOf(audience, isService(kind) ? [] : recipients),
    };
  }
}

/** @throws HooklineError when the sender may not send */
function recipientsOf(
  { senderId, asMaster }: SendCommand,
  { kind, expiresAt }: ConversationHandle,
  participants: Participants | null,
  asked: Audience,
): string[] {
  const decision = maySend({
    conversationState: participants?.state ?? 'deleted',
    conversationExpiresAt: expiresAt,
    isOpenToAll: isService(kind),
    isBlockedHere: participants?.isSenderBlocked ?? false,
    member: participants?.members.get(senderId) ?? null,
    asMaster,
    now: Date.now(),
  });
  if (decision.kind === 'refused') throw new HooklineError(decision.reason);
  const named = usersNamedBy(asked, kind) ?? participants?.members.keys() ?? [];
  return [...named].filter((userId) => userId !== senderId);
}

function modificationOf(
  type: 'message' | CustomEventType,
  original: MessageContent,
  { content, hookIds }: { readonly content: MessageContent; readonly hookIds: readonly string[] },
  narrowed: Audience | null,
): Modification {
  const isRewritten = JSON.stringify(content) !== JSON.stringify(original);
  const rewritten: Pick<Modification, 'content' | 'data'> =
    type !== 'message' && content.type === 'json' ? { data: content.json } : { content };
  return {
    hookIds: [...hookIds],
    ...(isRewritten && rewritten),
    ...(narrowed?.kind === 'listed' && { recipients: [...narrowed.userIds] }),
  };
}

/** In a service, what is listed is listed for its sender too. */
function withSender(audience: Audience, senderId: string): Audience {
  if (audience.kind !== 'listed') return audience;
  return { kind: 'listed', userIds: [...new Set([...audience.userIds, senderId])] };
}

/** Who gets the event alone, without the conversation: who is listed and not reached as a participant. */
export function outsidersOf(audience: Audience, participants: readonly string[]): string[] {
  if (audience.kind !== 'listed') return [];
  const reached = new Set(participants);
  return audience.userIds.filter((userId) => !reached.has(userId));
}
