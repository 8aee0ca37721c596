import { Injectable } from '@nestjs/common';
import type { Conversation } from '#contracts/conversations.js';
import { HooklineError } from '#contracts/errors.js';
import type { JsonObject } from '#domain/conversations/merge-patch.js';
import { Database, type Transaction } from '#platform/database/database.js';
import { reindexAttributes } from './attribute-index.js';
import { conversationOf, isThere, whichIsThere, withHead } from './conversation-row.js';

export interface NewConversationRow {
  readonly applicationId: string;
  readonly id: string;
  readonly kind: Conversation['kind'];
  readonly name: string | null;
  readonly attributes: JsonObject;
  readonly historyVisibility: 'start' | 'joined';
  readonly joinRule: 'invited' | 'open';
  readonly receiptsAsEvents: boolean;
  readonly equalMembers: boolean;
  readonly expiresAt: Date | null;
  readonly createdBy: string | null;
  /** Of all living conversations of the application; null: none. */
  readonly uniqueKey: string | null;
}

/** What every operation on a conversation needs and what never changes. */
export interface ConversationHandle {
  readonly key: bigint;
  readonly kind: Conversation['kind'];
  readonly historyVisibility: 'start' | 'joined';
  /** Every member may do what an owner may, and there are no roles. */
  readonly equalMembers: boolean;
  /** Milliseconds since the epoch; null for what is not temporary. */
  readonly expiresAt: number | null;
}

interface ExistingConversation extends Pick<ConversationHandle, 'key' | 'kind' | 'equalMembers'> {
  readonly id: string;
}

export type Creation =
  | { readonly kind: 'created'; readonly key: bigint }
  /** The unique key is that of another one. Its head is locked. */
  | { readonly kind: 'existing'; readonly existing: ExistingConversation }
  | { readonly kind: 'id_taken' };

/** Handles kept in memory; ids are never given to another conversation, so an entry cannot become wrong. */
const handlesKept = 50_000;

@Injectable()
export class ConversationsStore {
  private readonly handles = new Map<string, ConversationHandle>();

  constructor(private readonly database: Database) {}

  /** Who may join by itself. Under the head's lock it stays so. */
  async joinRule(transaction: Transaction, key: bigint): Promise<'invited' | 'open'> {
    const { joinRule } = await transaction.conversation.findUniqueOrThrow({
      where: { key },
      select: { joinRule: true },
    });
    return joinRule;
  }

  /** Also of a deleted conversation, but of no expired one. */
  async handle(applicationId: string, id: string): Promise<ConversationHandle | null> {
    const handle = await this.knownHandle(applicationId, id);
    return handle === null || (handle.expiresAt !== null && handle.expiresAt <= Date.now()) ? null : handle;
  }

  /** Those of these conversations that are neither deleted nor expired. */
  async there(applicationId: string, ids: readonly string[]): Promise<Set<string>> {
    const rows = await this.database.client.$queryRaw<{ id: string }[]>`
      SELECT conversation.id FROM conversation.conversation
      JOIN conversation.conversation_head AS head ON head.conversation_key = conversation.key
      WHERE conversation.application_id = ${applicationId} AND conversation.id = ANY(${[...ids]}::text[])
        AND ${whichIsThere}`;
    return new Set(rows.map(({ id }) => id));
  }

  async find(
    applicationId: string,
    id: string,
    transaction: Transaction = this.database.client,
  ): Promise<Conversation | null> {
    const row = await transaction.conversation.findUnique({
      where: { applicationId_id: { applicationId, id } },
      include: withHead,
    });
    return row !== null && isThere(row) ? conversationOf(row) : null;
  }

  async findByKey(applicationId: string, uniqueKey: string): Promise<Conversation | null> {
    const row = await this.database.client.conversation.findUnique({
      where: { applicationId_uniqueKey: { applicationId, uniqueKey } },
      include: withHead,
    });
    return row !== null && isThere(row) ? conversationOf(row) : null;
  }

  /**
   * Numbers are given, and ids and unique keys looked up, under the lock of the application's row: two at once, on
   * whichever replicas, are created one after the other, and none after the application was deleted.
   *
   * @throws HooklineError unauthenticated: it is deleted, and with it the credentials of whoever asks
   */
  async create(transaction: Transaction, row: NewConversationRow): Promise<Creation> {
    const { applicationId, id, uniqueKey } = row;
    const [application] = await transaction.application.updateManyAndReturn({
      where: { id: applicationId, deletedAt: null },
      data: { nextConversationNumber: { increment: 1 } },
      select: { nextConversationNumber: true },
    });
    if (application === undefined) throw new HooklineError('unauthenticated');
    const { nextConversationNumber } = application;
    const existing =
      uniqueKey === null ? null : await this.byUniqueKey(transaction, applicationId, uniqueKey);
    if (existing !== null) return { kind: 'existing', existing };
    const taken = await transaction.conversation.findUnique({
      where: { applicationId_id: { applicationId, id } },
      select: { key: true },
    });
    if (taken !== null) return { kind: 'id_taken' };
    const { key } = await transaction.conversation.create({
      data: {
        ...row,
        attributes: { ...row.attributes },
        number: nextConversationNumber - 1,
        head: { create: {} },
      },
      select: { key: true },
    });
    await reindexAttributes(transaction, { applicationId, key }, {}, row.attributes);
    return { kind: 'created', key };
  }

  /** An expired one that has the key still gives it up. */
  private async byUniqueKey(
    transaction: Transaction,
    applicationId: string,
    uniqueKey: string,
  ): Promise<ExistingConversation | null> {
    const rows = await transaction.$queryRaw<(ExistingConversation & { is_there: boolean })[]>`
      SELECT conversation.key, conversation.id, conversation.kind::text AS kind,
        conversation.equal_members AS "equalMembers", head.state <> 'deleted' AND coalesce(conversation.expires_at > now(), true) AS is_there
      FROM conversation.conversation
      JOIN conversation.conversation_head AS head ON head.conversation_key = conversation.key
      WHERE conversation.application_id = ${applicationId} AND conversation.unique_key = ${uniqueKey}
      FOR UPDATE OF head`;
    const [row] = rows;
    if (row === undefined) return null;
    const { is_there: isThere, ...existing } = row;
    if (isThere) return existing;
    await transaction.conversation.update({ where: { key: row.key }, data: { uniqueKey: null } });
    return null;
  }

  private async knownHandle(applicationId: string, id: string): Promise<ConversationHandle | null> {
    const cacheKey = `${applicationId}/${id}`;
    const known = this.handles.get(cacheKey);
    if (known !== undefined) return known;
    const row = await this.database.client.conversation.findUnique({
      where: { applicationId_id: { applicationId, id } },
      select: { key: true, kind: true, historyVisibility: true, equalMembers: true, expiresAt: true },
    });
    if (row === null) return null;
    const handle = { ...row, expiresAt: row.expiresAt?.getTime() ?? null };
    if (this.handles.size >= handlesKept) this.handles.clear();
    this.handles.set(cacheKey, handle);
    return handle;
  }
}
