import { Injectable } from '@nestjs/common';
import type { SendBroadcast } from '#contracts/broadcasts.js';
import type { Modification } from '#contracts/event.js';
import type { Attachment } from '#contracts/files.js';
import { runHooks } from '#contracts/hooks/run.js';
import type { MessageContent } from '#contracts/message-content.js';
import { OperationHooks } from '../hooks/operation-hooks.port.js';
import type { ChangingConversation } from '../timeline-changes/timeline-changes.port.js';

/** A broadcast that may be sent. */
export interface PassedBroadcast {
  readonly kind: 'deliver';
  readonly content: MessageContent;
  readonly modified: Modification | null;
}

type Refusal =
  { readonly kind: 'drop' } | { readonly kind: 'reject'; readonly code: number; readonly detail: string };

/**
 * What the `messageReceived` hooks make of a broadcast. They are shown no recipients, since nobody could name them, and those
 * that they answer count for nothing: a broadcast is for all or is none.
 */
@Injectable()
export class BroadcastHooks {
  constructor(private readonly hooks: OperationHooks) {}

  /** @throws HooklineError hook_failed, hook_engine_unavailable */
  async ask(
    conversation: ChangingConversation,
    { applicationId, senderId, content, mentions, origin }: SendBroadcast,
    attachments: Attachment[] | undefined,
  ): Promise<PassedBroadcast | Refusal> {
    const verdict = await this.hooks.ask(runHooks.messageReceived, {
      applicationId,
      conversation: { id: conversation.id, kind: conversation.kind },
      origin,
      event: { type: 'message', senderId, content, attachments, mentions },
      recipients: [],
    });
    if (verdict.kind !== 'deliver') return verdict;
    const { proposal, hookIds } = verdict;
    const isRewritten = JSON.stringify(proposal.content) !== JSON.stringify(content);
    const modified: Modification = {
      hookIds: [...hookIds],
      ...(isRewritten && { content: proposal.content }),
    };
    return { kind: 'deliver', content: proposal.content, modified: isRewritten ? modified : null };
  }
}
