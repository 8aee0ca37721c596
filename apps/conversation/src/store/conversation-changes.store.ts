import { Injectable } from '@nestjs/common';
import type { Changeable } from '#domain/conversations/conversation-changes.js';
import type { JsonObject } from '#domain/conversations/merge-patch.js';
import { Database, type Transaction } from '#platform/database/database.js';
import { reindexAttributes } from './attribute-index.js';

export interface ChangedConversation {
  readonly applicationId: string;
  readonly id: string;
  readonly key: bigint;
}

/** Changes of conversations, and their end. The head must be locked by whoever calls what takes a transaction. */
@Injectable()
export class ConversationChangesStore {
  constructor(private readonly database: Database) {}

  async read(transaction: Transaction, key: bigint): Promise<Omit<Changeable, 'state'>> {
    const { name, attributes, joinRule } = await transaction.conversation.findUniqueOrThrow({
      where: { key },
      select: { name: true, attributes: true, joinRule: true },
    });
    return { name, attributes: attributes as JsonObject, joinRule };
  }

  async update(
    transaction: Transaction,
    conversation: ChangedConversation,
    before: Changeable,
    after: Changeable,
  ): Promise<void> {
    const { name, attributes, joinRule, state } = after;
    await transaction.conversation.update({
      where: { key: conversation.key },
      data: { name, attributes: { ...attributes }, joinRule, updatedAt: new Date() },
    });
    await reindexAttributes(transaction, conversation, before.attributes, attributes);
    if (state !== before.state) {
      await transaction.conversationHead.update({
        where: { conversationKey: conversation.key },
        data: { state },
      });
    }
  }

  /**
   * From the commit on it does not exist any more; what it holds is purged later. Its row stays, so that its id is never
   * given again. Of a service it is only noted that it is to leave lists: see `UnlistingStore`.
   *
   * @returns the users who were in it, attended it, or were invited; of a service, whose subscribers may be millions, nobody
   */
  async delete(transaction: Transaction, conversation: ChangedConversation): Promise<string[]> {
    const { key } = conversation;
    const { attributes } = await this.read(transaction, key);
    await reindexAttributes(transaction, conversation, attributes, {});
    await transaction.conversationHead.update({
      where: { conversationKey: key },
      data: { state: 'deleted' },
    });
    const [ended] = await transaction.$queryRaw<{ isService: boolean }[]>`
      UPDATE conversation.conversation
      SET deleted_at = now(), updated_at = now(), name = NULL, attributes = '{}', unique_key = NULL, created_by = NULL,
        unlisted_up_to = CASE WHEN kind = 'system' THEN '' END
      WHERE key = ${key}
      RETURNING kind = 'system' AS "isService"`;
    if (ended?.isService === true) return [];
    const present = await transaction.$queryRaw<{ user_id: string }[]>`
      SELECT user_id FROM conversation.member WHERE conversation_key = ${key} AND state <> 'left'
      UNION
      SELECT user_id FROM conversation.room_attendance AS attendance
      WHERE conversation_key = ${key}
        AND (SELECT closed_at IS NULL FROM conversation.session WHERE session.id = attendance.session_id)`;
    return present.map(({ user_id: userId }) => userId);
  }

  /** Temporary conversations that have expired and are not deleted yet, those first that expired first. */
  async expired(limit: number): Promise<ChangedConversation[]> {
    return this.database.client.$queryRaw<ChangedConversation[]>`
      SELECT application_id AS "applicationId", id, key FROM conversation.conversation
      WHERE expires_at IS NOT NULL AND deleted_at IS NULL AND expires_at <= now()
      ORDER BY expires_at
      LIMIT ${limit}`;
  }
}
