import { Injectable } from '@nestjs/common';
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid';
import {
  createConversation,
  deleteConversation,
  findConversation,
  getConversation,
  listConversations,
  updateConversation,
  type Conversation,
} from '#contracts/conversations.js';
import { HooklineError } from '#contracts/errors.js';
import { uniqueKey as keySchema } from '#contracts/identifiers.js';
import { isLegacy } from '#contracts/vonage/versions.js';
import { Bus } from '#platform/bus/bus.js';
import { Callbacks } from '../callbacks.js';
import { hasMembers, Members } from '../members.js';
import { filled, Page } from '../paging.js';
import {
  changeBy,
  created,
  done,
  found,
  originOf,
  userIdOf,
  type Reply,
  type Requested,
  type RouteHandlers,
} from '../requested.js';
import { attributesOf, conversationView, legacyConversationView } from '../views/conversation-views.js';
import { unchangeable } from './user-routes.js';

type Names =
  | 'createConversation'
  | 'listConversations'
  | 'getConversation'
  | 'updateConversation'
  | 'deleteConversation';

/** Conversations are in the order of their numbers: those made at the same time may have times in another order (ms). */
const simultaneous = 60_000;

/** Conversations of equals, which everybody may join whose token opens that, and whose receipts are events: as at Vonage. */
@Injectable()
export class ConversationRoutes {
  constructor(
    private readonly bus: Bus,
    private readonly members: Members,
    private readonly callbacks: Callbacks,
  ) {}

  readonly handlers: RouteHandlers<Names> = {
    createConversation: async (request) => {
      const { caller, body } = request;
      const id = `CON-${uuidv7()}`;
      // Before it is there: so it hears everything, and a conversation without what was asked for never is.
      await this.callbacks.set(caller, id, body.callback ?? undefined);
      const { conversation, isNew } = await this.bus.ask(createConversation, {
        // Whoever creates one is in it only after joining.
        ...{ applicationId: caller.applicationId, actor: { kind: 'master' } },
        ...{ origin: originOf(request), request: null },
        conversation: {
          id,
          kind: 'group',
          uniqueKey: body.name ?? `NAM-${uuidv4()}`,
          ...(body.display_name !== undefined && { name: body.display_name }),
          attributes: attributesOf(body, {}),
          ...{ historyVisibility: 'start', joinRule: 'open', unique: false, members: [] },
          ...{ receiptsAsEvents: true, equalMembers: true },
        },
      });
      if (!isNew)
        throw new HooklineError(
          'conversation_exists',
          'The request failed because the conversation name already exists. Please provide a unique conversation name and try again.',
        );
      return created(this.named(request, conversation));
    },
    listConversations: async (request) => {
      const { query, version, root, prefix } = request;
      const { name, date_start: start, date_end: end } = query;
      const page = new Page(request, { name, date_start: start, date_end: end });
      const { items: within, next: nextCursor } = await this.within(request, page.cursor);
      if (!isLegacy(version)) {
        const views = within.map((conversation) => conversationView(root, prefix, conversation));
        return found(page.body({ conversations: views }, nextCursor));
      }
      const named = within.map(({ id, uniqueKey }) => ({ uuid: id, id, name: uniqueKey ?? `NAM-${id}` }));
      const body = page.body(
        version === 'v0.1' ? { conversations: named } : { data: { conversations: named } },
        nextCursor,
      );
      return found({ count: named.length, record_index: 0, ...body });
    },
    getConversation: async (request) => {
      const { version, root, prefix } = request;
      const conversation = await this.readable(request);
      if (!isLegacy(version)) return found(conversationView(root, prefix, conversation));
      const members = await this.members.visible(request.caller, conversation);
      return found(legacyConversationView(root, prefix, conversation, members));
    },
    updateConversation: (request) => this.update(request),
    deleteConversation: async (request) => {
      await this.bus.ask(deleteConversation, { ...changeBy(request), ...request.parameters });
      return done;
    },
  };

  private async update(request: Requested<'updateConversation'>): Promise<Reply> {
    const { body, parameters } = request;
    const { uniqueKey, attributes } = await this.readable(request);
    if (body.name !== undefined && body.name !== uniqueKey) throw unchangeable('name');
    await this.callbacks.set(request.caller, parameters.conversationId, body.callback);
    const patch = {
      ...(body.display_name !== undefined && { name: body.display_name }),
      attributes: attributesOf(body, attributes),
      ...(body.state !== undefined && { state: body.state.toLowerCase() as 'active' | 'inactive' }),
    };
    const conversation = await this.bus.ask(updateConversation, {
      ...changeBy(request),
      ...parameters,
      patch,
    });
    return found(this.named(request, conversation));
  }

  private named(
    { version, root, prefix }: Pick<Requested, 'version' | 'root' | 'prefix'>,
    conversation: Conversation,
  ): object {
    const { id } = conversation;
    return isLegacy(version)
      ? { id, href: `${root}/${prefix}/conversations/${id}` }
      : conversationView(root, prefix, conversation);
  }

  /**
   * Besides its members those may look who are invited, and everybody where everybody may join: clients read a conversation before
   * they join it.
   *
   * @throws HooklineError conversation_not_found
   */
  private async readable({
    caller,
    parameters,
  }: Pick<Requested<'getConversation'>, 'caller' | 'parameters'>): Promise<Conversation> {
    const { applicationId } = caller;
    const where = { applicationId, ...parameters };
    const conversation = await this.bus.ask(getConversation, { ...where, actor: { kind: 'master' } });
    const me = userIdOf(caller);
    if (me === null) return conversation;
    if (!hasMembers(conversation.kind)) throw new HooklineError('conversation_not_found');
    if (conversation.joinRule === 'open') return conversation;
    if ((await this.members.of(where, me)) === null) throw new HooklineError('conversation_not_found');
    return conversation;
  }

  /** Of all of the application's, those of this name and time. */
  private async within(
    { caller, query }: Requested<'listConversations'>,
    from: string | null,
  ): Promise<{ items: readonly Conversation[]; next: string | null }> {
    const { applicationId } = caller;
    const { order, page_size: limit, name, date_start: start, date_end: end } = query;
    const isWithin = ({ createdAt }: Conversation): boolean =>
      (start === undefined || createdAt >= Date.parse(start)) &&
      (end === undefined || createdAt <= Date.parse(end));
    if (name !== undefined) {
      const key = keySchema.safeParse(name);
      const { conversation } = key.success
        ? await this.bus.ask(findConversation, { applicationId, uniqueKey: key.data })
        : { conversation: null };
      return { items: conversation !== null && isWithin(conversation) ? [conversation] : [], next: null };
    }
    return filled(limit, from, async (cursor, missing) => {
      const { conversations, nextCursor } = await this.bus.ask(listConversations, {
        ...{ applicationId, userId: null, kind: null, attributes: null },
        ...{ order: order === 'ascending' ? 'oldest' : 'newest', cursor, limit: missing },
      });
      const last = conversations.at(-1);
      const isOver =
        last !== undefined &&
        (order === 'ascending'
          ? end !== undefined && last.createdAt > Date.parse(end) + simultaneous
          : start !== undefined && last.createdAt < Date.parse(start) - simultaneous);
      return { items: conversations.filter(isWithin), next: isOver ? null : nextCursor };
    });
  }
}
