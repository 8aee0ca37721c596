import { Injectable } from '@nestjs/common';
import { getConversation, type Conversation } from '#contracts/conversations.js';
import { HooklineError } from '#contracts/errors.js';
import type { Collection } from '#contracts/leancloud/routes/route.js';
import { leanCloudCodes } from '#contracts/leancloud/codes.js';
import { Bus } from '#platform/bus/bus.js';
import { LeanCloudError } from './leancloud-error.js';
import { Remembered } from '#platform/remembered.js';

export type Kind = Conversation['kind'];

const kindsOf: Readonly<Record<Collection, readonly Kind[]>> = {
  conversations: ['group', 'temporary'],
  chatrooms: ['room'],
  'service-conversations': ['system'],
};

/** Which kind a conversation is of. Kinds never change and ids are never given again: what was learnt stays true. */
@Injectable()
export class ConversationKinds {
  private readonly known = new Remembered<Kind>(50_000);

  constructor(private readonly bus: Bus) {}

  /** @throws HooklineError conversation_not_found */
  async of(applicationId: string, conversationId: string): Promise<Kind> {
    const key = `${applicationId}/${conversationId}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const { kind } = await this.bus.ask(getConversation, {
      applicationId,
      conversationId,
      actor: { kind: 'master' },
    });
    this.known.set(key, kind);
    return kind;
  }

  /** @throws HooklineError conversation_not_found, wrong_conversation_kind when the path names another kind */
  async require(applicationId: string, conversationId: string, collection: Collection): Promise<void> {
    if (!kindsOf[collection].includes(await this.of(applicationId, conversationId)))
      throw new HooklineError('wrong_conversation_kind', `It is none of the ${collection}`);
  }

  /**
   * Where the path does not say which kind is meant.
   *
   * @throws LeanCloudError 4313. @throws HooklineError conversation_not_found
   */
  async requireService(applicationId: string, conversationId: string): Promise<void> {
    if ((await this.of(applicationId, conversationId)) !== 'system')
      throw new LeanCloudError(
        400,
        leanCloudCodes.systemConversationRequired,
        'It is no service conversation',
      );
  }
}

/** The kind of what is created there. */
export const createdKind = {
  conversations: 'group',
  chatrooms: 'room',
  'service-conversations': 'system',
} as const satisfies Record<Collection, Kind>;
