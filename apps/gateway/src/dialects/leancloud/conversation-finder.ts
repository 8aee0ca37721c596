import { Injectable } from '@nestjs/common';
import { getConversation, listConversations, type Conversation } from '#contracts/conversations.js';
import { HooklineError } from '#contracts/errors.js';
import { conversationId, userId } from '#contracts/identifiers.js';
import type { AttributeEqualities } from '#contracts/json-value.js';
import { attributeEqualities } from '#contracts/json-value.js';
import type { Finding } from '#contracts/leancloud/routes/route.js';
import { limits } from '#contracts/limits.js';
import { listMembersOf } from '#contracts/members.js';
import { Bus } from '#platform/bus/bus.js';
import type { Kind } from './conversation-kinds.js';
import { lookedAtMost, readingOf, search, tooMany } from './search.js';
import { conversationRowOf, type MemberOfRow } from './translate/conversation-row.js';
import { chosen, parsedWhere } from './translate/finding.js';
import { asksForMembers, certaintiesOf, type Row } from './translate/where.js';

const questionsAtMost = 200;
/** Questions for single conversations that are under way at once. */
const atOnce = 10;

interface Found {
  readonly results: readonly Row[];
  readonly count?: number;
}

interface Looked {
  readonly conversation: Conversation;
  readonly row: Row;
}

interface Search {
  readonly applicationId: string;
  readonly where: unknown;
  /** Null: all kinds. */
  readonly kind: Kind | null;
  readonly isNewestFirst: boolean;
}

/**
 * Finds conversations as LeanCloud's queries ask for them: by the most selective thing that a query is certain of, and by
 * looking at the rows for everything else.
 */
@Injectable()
export class ConversationFinder {
  constructor(private readonly bus: Bus) {}

  /**
   * @param kind null: of any kind
   * @throws LeanCloudError 102, 4310 when it would look at too many
   */
  async find(applicationId: string, finding: Finding, kind: Kind | null): Promise<Found> {
    const where = parsedWhere(finding.where);
    const { isNewestFirst, isSorted } = readingOf(finding.order ?? '', ['createdAt']);
    const readsMembers = asksForMembers(where);
    const portions = this.portions({ applicationId, where, kind, isNewestFirst });
    const looked = this.rowsOf(applicationId, portions, readsMembers);
    const { page, count } = await search(finding, isSorted, looked);
    const rows = readsMembers ? page.map(({ row }) => row) : await this.rows(applicationId, page, finding);
    return { results: rows.map((row) => chosen(row, finding.keys)), ...(count !== undefined && { count }) };
  }

  /** @throws LeanCloudError 101 */
  async get(applicationId: string, conversationId: string): Promise<Row> {
    const conversation = await this.conversation(applicationId, conversationId);
    if (conversation === null) throw new HooklineError('conversation_not_found');
    const members = await this.membersOf(applicationId, [conversation]);
    return conversationRowOf(conversation, members.get(conversationId) ?? []);
  }

  private async rows(
    applicationId: string,
    page: readonly Looked[],
    { keys }: Finding,
  ): Promise<readonly Row[]> {
    const shown = keys?.split(',').map((key) => key.trim());
    if (shown !== undefined && !shown.some((key) => ['m', 'mu', 'uniqueId'].includes(key)))
      return page.map(({ row }) => row);
    const conversations = page.map(({ conversation }) => conversation);
    const members = await this.membersOf(applicationId, conversations);
    return conversations.map((conversation) =>
      conversationRowOf(conversation, members.get(conversation.id) ?? []),
    );
  }

  /** @param readsMembers whether the search asks for them */
  private async *rowsOf(
    applicationId: string,
    portions: AsyncIterable<readonly Conversation[]>,
    readsMembers: boolean,
  ): AsyncGenerator<readonly Looked[]> {
    for await (const portion of portions) {
      const members = readsMembers ? await this.membersOf(applicationId, portion) : new Map<string, never>();
      yield portion.map((conversation) => ({
        conversation,
        row: conversationRowOf(conversation, members.get(conversation.id) ?? []),
      }));
    }
  }

  private async *portions(search: Search): AsyncGenerator<readonly Conversation[]> {
    const { where, kind } = search;
    const { objectIds } = certaintiesOf(where);
    const isWanted = (conversation: Conversation): boolean =>
      kind === null ? conversation.kind !== 'temporary' : conversation.kind === kind;
    const portions = objectIds === null ? this.listed(search) : this.named(search, objectIds);
    for await (const portion of portions) yield portion.filter(isWanted);
  }

  private async *named(
    { applicationId, isNewestFirst }: Search,
    objectIds: readonly string[],
  ): AsyncGenerator<readonly Conversation[]> {
    // What is no id of a conversation names none.
    const ids = [...new Set(objectIds)].filter((id) => conversationId.safeParse(id).success);
    if (ids.length > lookedAtMost) throw tooMany();
    const conversations: Conversation[] = [];
    for (let at = 0; at < ids.length; at += atOnce) {
      const portion = ids.slice(at, at + atOnce).map((id) => this.conversation(applicationId, id));
      conversations.push(...(await Promise.all(portion)).filter((each) => each !== null));
    }
    const sign = isNewestFirst ? -1 : 1;
    yield conversations.sort((one, other) => sign * (one.number - other.number));
  }

  private async *listed(search: Search): AsyncGenerator<readonly Conversation[]> {
    const { memberId, attribute, kind: certainKind } = certaintiesOf(search.where);
    if (memberId !== null && !userId.safeParse(memberId).success) return;
    const kind = search.kind ?? certainKind;
    const question = {
      applicationId: search.applicationId,
      userId: memberId,
      kind,
      attributes: indexed(attribute),
      order: search.isNewestFirst ? ('newest' as const) : ('oldest' as const),
      limit: limits.pageSize,
    };
    let cursor: string | null = null;
    for (let asked = 0; ; asked += 1) {
      if (asked >= questionsAtMost) throw tooMany();
      const page: { conversations: Conversation[]; nextCursor: string | null } = await this.bus.ask(
        listConversations,
        { ...question, cursor },
      );
      yield page.conversations;
      if (page.nextCursor === null) return;
      cursor = page.nextCursor;
    }
  }

  /** Null: there is none. */
  private async conversation(applicationId: string, conversationId: string): Promise<Conversation | null> {
    try {
      const actor = { kind: 'master' as const };
      const { members: _members, ...conversation } = await this.bus.ask(getConversation, {
        applicationId,
        conversationId,
        actor,
      });
      return conversation;
    } catch (error) {
      if (error instanceof HooklineError && error.code === 'conversation_not_found') return null;
      throw error;
    }
  }

  private async membersOf(
    applicationId: string,
    conversations: readonly Conversation[],
  ): Promise<ReadonlyMap<string, readonly MemberOfRow[]>> {
    const known = new Map<string, MemberOfRow[]>();
    const waiting = conversations
      .filter(({ kind }) => kind === 'group' || kind === 'temporary')
      .map(({ id }) => id);
    while (waiting.length > 0) {
      const question = { applicationId, conversationIds: waiting.slice(0, 100) };
      const { members, answered } = await this.bus.ask(listMembersOf, question);
      waiting.splice(0, answered);
      for (const { conversationId, ...member } of members) {
        const others = known.get(conversationId);
        if (others === undefined) known.set(conversationId, [member]);
        else others.push(member);
      }
    }
    return known;
  }
}

/** An equality that an index answers; null when none does. */
function indexed(
  attribute: readonly [name: string, value: string | number | boolean] | null,
): AttributeEqualities | null {
  if (attribute === null) return null;
  return attributeEqualities.safeParse(Object.fromEntries([attribute])).data ?? null;
}
