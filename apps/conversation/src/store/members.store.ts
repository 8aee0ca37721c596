import { Injectable } from '@nestjs/common';
import { limits } from '#contracts/limits.js';
import type { MemberRole } from '#contracts/members.js';
import type { MembershipView } from '#contracts/sessions.js';
import type { Conversation } from '#contracts/conversations.js';
import { isService } from '#domain/conversations/service.js';
import type { Part } from '#domain/permissions/conversation-permissions.js';
import { nothingVisible, visibleRange, type Stay } from '#domain/timeline/visibility.js';
import { Database, type Transaction } from '#platform/database/database.js';
import { Prisma } from '#prisma/client.js';
import { isBlockedByTheOther } from './blocks.store.js';
import type { ConversationHandle } from './conversations.store.js';
import { whichIsThere } from './conversation-row.js';
import { isIn } from './is-in.js';
import { attendedView, attending } from './rooms.store.js';
import { SubscribersStore, type Participants, type SenderState } from './subscribers.store.js';
import type { Queries } from '#platform/database/queries.js';

interface SenderRow {
  readonly silenced_until: Date | null;
  readonly is_blocked: boolean | null;
}

interface PresentSender extends SenderState {
  /** Of the present stay; null: who attends a room has none. */
  readonly memberId: string | null;
}

interface MembershipRow {
  readonly kind: Conversation['kind'];
  readonly conversation_key: bigint;
  readonly conversation_id: string;
  readonly history_visibility: 'start' | 'joined';
  readonly last_seq: bigint;
  /** Null, as what follows: the user has never been in. */
  readonly state: 'joined' | 'left' | null;
  readonly joined_seq: bigint | null;
  readonly left_seq: bigint | null;
  readonly first_joined_seq: bigint | null;
  readonly muted: boolean | null;
}

const membershipColumns = Prisma.sql`
  conversation.key AS conversation_key, conversation.id AS conversation_id, conversation.kind::text AS kind,
  conversation.history_visibility::text AS history_visibility, head.last_seq, member.state::text AS state,
  member.joined_seq, member.left_seq, member.muted,
  CASE WHEN conversation.history_visibility = 'joined' THEN member.joined_seq ELSE (
    SELECT min(stay.joined_seq) FROM conversation.member AS stay
    WHERE stay.conversation_key = member.conversation_key AND stay.user_id = member.user_id
  ) END AS first_joined_seq`;
const membershipJoins = Prisma.sql`
  JOIN conversation.conversation ON conversation.key = member.conversation_key
  JOIN conversation.conversation_head AS head ON head.conversation_key = member.conversation_key`;

/** In a service, nothing may have happened between two stays: then both begin at the same place. */
const latestOf = (stay: Prisma.Sql): Prisma.Sql => Prisma.sql`
  ${stay}.joined_seq DESC, ${stay}.state = 'joined' DESC, ${stay}.left_seq DESC`;

/** Who is in which conversation. */
@Injectable()
export class MembersStore {
  constructor(
    private readonly database: Database,
    private readonly subscribers: SubscribersStore,
  ) {}

  /**
   * Who is in, and whether this sender, if there is one, is blocked; of a room not more than hooks may name, and the sender; of
   * a service, whose subscribers may be millions, the sender alone.
   */
  async participants(
    conversationKey: bigint,
    senderId: string | null,
    kind: Conversation['kind'],
    queries: Queries = this.database.queries,
  ): Promise<Participants | null> {
    const isRoom = kind === 'room';
    if (isService(kind)) return this.subscribers.asParticipant(conversationKey, senderId, queries);
    const members = isRoom
      ? Prisma.sql`LEFT JOIN LATERAL (
          SELECT DISTINCT attendance.user_id, NULL::timestamptz AS silenced_until, false AS is_blocked
          FROM ${attending} WHERE attendance.conversation_key = head.conversation_key
          ORDER BY attendance.user_id LIMIT ${limits.membersPerGroup}
        ) AS member ON true`
      : Prisma.sql`LEFT JOIN LATERAL (
          SELECT user_id, silenced_until,
            CASE WHEN member.user_id = ${senderId}::text THEN ${isBlockedByTheOther} ELSE false END AS is_blocked
          FROM conversation.member WHERE member.conversation_key = head.conversation_key AND ${isIn()}
        ) AS member ON true`;
    const rows = await queries.$queryRaw<
      (SenderRow & { state: Participants['state']; user_id: string | null })[]
    >`
      SELECT head.state::text AS state, member.user_id, member.silenced_until, member.is_blocked
      FROM conversation.conversation_head AS head ${members}
      WHERE head.conversation_key = ${conversationKey}`;
    const [first] = rows;
    if (first === undefined) return null;
    const found = new Map<string, SenderState>();
    for (const row of rows) if (row.user_id !== null) found.set(row.user_id, senderOf(row));
    const isUnseen = isRoom && senderId !== null && !found.has(senderId);
    if (isUnseen && (await attendedView(queries, conversationKey, senderId)) !== null)
      found.set(senderId, { silencedUntil: null, isBlocked: false });
    return { state: first.state, members: found };
  }

  /**
   * Those of (conversation, user) pairs who are in, by `memberKey`. Read under the heads' locks it stays true. The limit
   * makes each of them one look into an index: a plan that was made before there were members reads all of them otherwise.
   */
  async senders(
    queries: Queries,
    pairs: readonly { conversationKey: bigint; userId: string; isRoom: boolean }[],
  ): Promise<Map<string, PresentSender>> {
    const rows = await queries.$queryRaw<
      (SenderRow & { conversation_key: bigint; user_id: string; member_id: string | null })[]
    >`
      SELECT pair.conversation_key, pair.user_id, member.id::text AS member_id, member.silenced_until, ${isBlockedByTheOther} AS is_blocked
      FROM unnest(
        ${pairs.map((pair) => String(pair.conversationKey))}::bigint[],
        ${pairs.map((pair) => pair.userId)}::text[]
      ) AS pair(conversation_key, user_id)
      CROSS JOIN LATERAL (
        SELECT * FROM conversation.member
        WHERE member.conversation_key = pair.conversation_key AND member.user_id = pair.user_id AND ${isIn()}
        LIMIT 1
      ) AS member
      ${pairs.some(({ isRoom }) => isRoom) ? attendingAmong(pairs) : Prisma.empty}`;
    return new Map(
      rows.map((row) => [
        memberKey(row.conversation_key, row.user_id),
        { ...senderOf(row), memberId: row.member_id },
      ]),
    );
  }

  /** What has to be known of one who wants to say something that is not stored. */
  async speaker(
    { key: conversationKey, kind }: Pick<ConversationHandle, 'key' | 'kind'>,
    userId: string,
  ): Promise<{ state: Participants['state']; member: SenderState | null; isBlockedHere: boolean }> {
    if (isService(kind)) {
      const found = await this.subscribers.asParticipant(conversationKey, userId);
      const { state = 'deleted', members, isSenderBlocked = false } = found ?? {};
      return { state, member: members?.get(userId) ?? null, isBlockedHere: isSenderBlocked };
    }
    const rows = await this.database.client.$queryRaw<
      (SenderRow & { state: Participants['state']; user_id: string | null })[]
    >`
      SELECT head.state::text AS state, member.user_id, member.silenced_until, ${isBlockedByTheOther} AS is_blocked
      FROM conversation.conversation_head AS head
      LEFT JOIN conversation.member ON member.conversation_key = head.conversation_key
        AND member.user_id = ${userId} AND ${isIn()}
      WHERE head.conversation_key = ${conversationKey}`;
    const [row] = rows;
    const state = row?.state ?? 'deleted';
    if (row !== undefined && row.user_id !== null)
      return { state, member: senderOf(row), isBlockedHere: false };
    const isAttending =
      kind === 'room' && (await attendedView(this.database.client, conversationKey, userId)) !== null;
    const member = isAttending ? { silencedUntil: null, isBlocked: false } : null;
    return { state, member, isBlockedHere: false };
  }

  /** What concerns the sending of one member; null for whoever is none. Rooms know neither silence nor two alone. */
  async senderState(
    { key: conversationKey, kind }: Pick<ConversationHandle, 'key' | 'kind'>,
    userId: string,
    transaction: Transaction = this.database.client,
  ): Promise<(SenderState & { readonly isBlockedHere?: boolean }) | null> {
    if (isService(kind)) {
      const found = await this.subscribers.asParticipant(conversationKey, userId, transaction);
      const silencedUntil = found?.members.get(userId)?.silencedUntil ?? null;
      return { silencedUntil, isBlocked: false, isBlockedHere: found?.isSenderBlocked === true };
    }
    const states = await this.senders(transaction, [{ conversationKey, userId, isRoom: false }]);
    return states.get(memberKey(conversationKey, userId)) ?? null;
  }

  /** What a user is in a conversation at present. A room is its creator's, who is in it only after entering it. */
  async partOf(
    conversationKey: bigint,
    userId: string,
    transaction: Transaction = this.database.client,
  ): Promise<Part> {
    const rows = await transaction.$queryRaw<{ state: 'invited' | 'joined'; role: MemberRole }[]>`
      SELECT 'joined' AS state, 'owner' AS role FROM conversation.conversation
      WHERE key = ${conversationKey} AND kind = 'room' AND created_by = ${userId}
      UNION ALL
      (SELECT 'joined', 'member' FROM ${attending}
      WHERE attendance.conversation_key = ${conversationKey} AND attendance.user_id = ${userId} LIMIT 1)
      UNION ALL
      SELECT state::text, role::text FROM conversation.member
      WHERE conversation_key = ${conversationKey} AND user_id = ${userId} AND state <> 'left'`;
    const [row] = rows;
    if (row === undefined) return 'outsider';
    return row.state === 'invited' ? 'invited' : row.role;
  }

  /**
   * The conversations that a user is in, in the order of their keys, those after `after`. The state is compared as text so
   * that the index of whoever is present is no choice: it is sorted by conversations, all of which would be read.
   */
  async joinedAfter(
    applicationId: string,
    userId: string,
    after: bigint,
    limit: number,
  ): Promise<MembershipView[]> {
    const rows = await this.database.client.$queryRaw<MembershipRow[]>`
      SELECT ${membershipColumns}
      FROM conversation.member ${membershipJoins}
      WHERE member.application_id = ${applicationId} AND member.user_id = ${userId}
        AND member.state::text = 'joined' AND member.conversation_key > ${after} AND ${whichIsThere}
      ORDER BY member.conversation_key
      LIMIT ${limit}`;
    return rows.map(membershipOf);
  }

  /**
   * The user's latest stay in each of these conversations in which it has ever been; and of services in any case, for they may
   * have said something to it all the same.
   */
  async membershipsIn(
    applicationId: string,
    userId: string,
    conversationIds: readonly string[],
  ): Promise<MembershipView[]> {
    const rows = await this.database.client.$queryRaw<MembershipRow[]>`
      SELECT ${membershipColumns}
      FROM conversation.conversation
      JOIN conversation.conversation_head AS head ON head.conversation_key = conversation.key
      LEFT JOIN LATERAL (
        SELECT * FROM conversation.member AS stay
        WHERE stay.conversation_key = conversation.key AND stay.user_id = ${userId} AND stay.joined_seq IS NOT NULL
        ORDER BY ${latestOf(Prisma.sql`stay`)} LIMIT 1
      ) AS member ON true
      WHERE conversation.application_id = ${applicationId}
        AND conversation.id = ANY(${[...conversationIds]}::text[]) AND ${whichIsThere}
        AND (member.id IS NOT NULL OR conversation.kind = 'system')
      ORDER BY conversation.key`;
    return rows.map(membershipOf);
  }

  /** A user's view of one conversation, by its key. */
  async membership(
    conversationKey: bigint,
    userId: string,
    transaction: Transaction = this.database.client,
  ): Promise<MembershipView | null> {
    const rows = await transaction.$queryRaw<MembershipRow[]>`
      SELECT ${membershipColumns}
      FROM conversation.member ${membershipJoins}
      WHERE member.conversation_key = ${conversationKey} AND member.user_id = ${userId} AND member.joined_seq IS NOT NULL
        AND ${whichIsThere}
      ORDER BY ${latestOf(Prisma.sql`member`)}
      LIMIT 1`;
    const [row] = rows;
    // In rooms nobody has a stay; whoever asks without one pays for another look.
    return row === undefined ? attendedView(transaction, conversationKey, userId) : membershipOf(row);
  }

  /** The same of several users: of each of them that has ever been in. */
  async membershipsOf(
    conversationKey: bigint,
    userIds: readonly string[],
    transaction: Transaction = this.database.client,
  ): Promise<Map<string, MembershipView>> {
    const rows = await transaction.$queryRaw<(MembershipRow & { user_id: string })[]>`
      SELECT DISTINCT ON (member.user_id) member.user_id, ${membershipColumns}
      FROM conversation.member ${membershipJoins}
      WHERE member.conversation_key = ${conversationKey} AND member.user_id = ANY(${[...userIds]}::text[])
        AND member.joined_seq IS NOT NULL
      ORDER BY member.user_id, ${latestOf(Prisma.sql`member`)}`;
    return new Map(rows.map((row) => [row.user_id, membershipOf(row)]));
  }

  /** Counts a change of the users' conversation lists; locks their rows in the order of their ids. */
  async countListChange(
    transaction: Transaction,
    applicationId: string,
    userIds: readonly string[],
  ): Promise<Map<string, number>> {
    const rows = await transaction.$queryRaw<{ id: string; list_version: number }[]>`
      WITH changed AS (
        SELECT application_id, id FROM conversation."user"
        WHERE application_id = ${applicationId} AND id = ANY(${[...userIds]}::text[])
        ORDER BY id
        FOR UPDATE
      )
      UPDATE conversation."user" AS changing SET list_version = changing.list_version + 1
      FROM changed
      WHERE changing.application_id = changed.application_id AND changing.id = changed.id
      RETURNING changing.id, changing.list_version`;
    return new Map(rows.map((row) => [row.id, row.list_version]));
  }
}

/** Key of a (conversation, user) pair; ids of users cannot contain ':'. */
export function memberKey(conversationKey: bigint, userId: string): string {
  return `${String(conversationKey)}:${userId}`;
}

function attendingAmong(pairs: readonly { conversationKey: bigint; userId: string }[]): Prisma.Sql {
  return Prisma.sql`
    UNION ALL
    SELECT pair.conversation_key, pair.user_id, NULL, NULL, false
    FROM unnest(
      ${pairs.map((pair) => String(pair.conversationKey))}::bigint[],
      ${pairs.map((pair) => pair.userId)}::text[]
    ) AS pair(conversation_key, user_id)
    WHERE (
      SELECT true FROM ${attending}
      WHERE attendance.conversation_key = pair.conversation_key AND attendance.user_id = pair.user_id
      LIMIT 1) IS NOT NULL`;
}

function senderOf(row: SenderRow): SenderState {
  return { silencedUntil: row.silenced_until?.getTime() ?? null, isBlocked: row.is_blocked === true };
}

/**
 * A stay begins with the event that says so, which everybody who is in may see. In a service there is none: the row has what was
 * the last event, and the stay begins after it.
 */
function membershipOf(row: MembershipRow): MembershipView {
  const ofService = isService(row.kind);
  const began = (seq: bigint | null): number => Number(seq ?? 0n) + (ofService ? 1 : 0);
  const { state } = row;
  const stay: Stay = {
    joinedSeq: began(row.joined_seq),
    leftSeq: row.left_seq === null ? null : Number(row.left_seq),
  };
  return {
    conversationKey: String(row.conversation_key),
    conversationId: row.conversation_id,
    state: state ?? 'left',
    ...(state === null ? nothingVisible : visibleRange(stay, row.history_visibility)),
    joinedSeq: stay.joinedSeq,
    firstJoinedSeq: began(row.first_joined_seq),
    headSeq: Number(row.last_seq),
    muted: row.muted ?? false,
    ...(ofService && { isService: true }),
  };
}
