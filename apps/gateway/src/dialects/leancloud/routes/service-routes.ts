import { Injectable } from '@nestjs/common';
import { encodeTextCursor } from '#contracts/cursor.js';
import { HooklineError } from '#contracts/errors.js';
import { eventIdOf } from '#contracts/leancloud/message-id.js';
import {
  addMembers,
  countMembers,
  listMembers,
  listSubscriptions,
  removeMembers,
} from '#contracts/members.js';
import { deleteMessage } from '#contracts/message-changes.js';
import { Bus } from '#platform/bus/bus.js';
import { ConversationKinds } from '../conversation-kinds.js';
import { KnownUsers } from '../known-users.js';
import { changeBy, readBy, type Requested, type RouteHandlers } from '../requested.js';
import {
  pageOfSubscriptions,
  type Subscription,
  type SubscriptionsPage,
} from '../translate/subscriptions.js';

type Names =
  | 'subscribe'
  | 'unsubscribe'
  | 'listSubscribers'
  | 'countSubscribers'
  | 'deleteMessageOfSubscriber'
  | 'listSubscriptions'
  | 'subscribeLegacy'
  | 'unsubscribeLegacy'
  | 'listLegacySubscribers'
  | 'listLegacySubscriptions';

type Changing = Pick<Requested, 'caller' | 'address' | 'idempotency'>;

/** Who is subscribed to a service, and to which ones somebody is: subscribers are its members. */
@Injectable()
export class ServiceRoutes {
  constructor(
    private readonly bus: Bus,
    private readonly kinds: ConversationKinds,
    private readonly users: KnownUsers,
  ) {}

  readonly handlers: RouteHandlers<Names> = {
    subscribe: (request) =>
      this.subscribe(request, request.parameters.conversationId, request.body.client_id),
    unsubscribe: (request) =>
      this.unsubscribe(request, request.parameters.conversationId, request.parameters.clientId),
    listSubscribers: (request) => this.subscribers(request, request.parameters.conversationId, request.query),
    countSubscribers: async ({ caller: { applicationId }, parameters: { conversationId } }) => {
      await this.kinds.requireService(applicationId, conversationId);
      return this.bus.ask(countMembers, { applicationId, conversationId });
    },
    deleteMessageOfSubscriber: async (request) => {
      const { conversationId, clientId: readerId, messageId } = request.parameters;
      const eventId = eventIdOf(messageId);
      if (eventId === null) throw new HooklineError('event_not_found');
      await this.kinds.requireService(request.caller.applicationId, conversationId);
      await this.bus.ask(deleteMessage, { ...changeBy(request), conversationId, eventId, readerId });
    },
    listSubscriptions: (request) => this.subscriptions(request, request.parameters.clientId, request.query),
    subscribeLegacy: (request) => this.subscribe(request, request.body.conv_id, request.body.client_id),
    unsubscribeLegacy: (request) => this.unsubscribe(request, request.body.conv_id, request.body.client_id),
    listLegacySubscribers: (request) => this.subscribers(request, request.query.conv_id, request.query),
    listLegacySubscriptions: ({ query: { client_id: clientId, ...query }, ...request }) =>
      this.subscriptions(request, clientId, query),
  };

  /** Whoever is subscribed stays so. */
  private async subscribe(request: Changing, conversationId: string, userId: string): Promise<void> {
    const { applicationId } = request.caller;
    await this.kinds.requireService(applicationId, conversationId);
    const members = [{ userId, role: 'member' as const }];
    await this.users.with(applicationId, [userId], () =>
      this.bus.ask(addMembers, { ...changeBy(request), conversationId, members, skipPresent: true }),
    );
  }

  private async unsubscribe(request: Changing, conversationId: string, userId: string): Promise<void> {
    await this.kinds.requireService(request.caller.applicationId, conversationId);
    await this.bus.ask(removeMembers, { ...changeBy(request), conversationId, userIds: [userId] });
  }

  /** By their ids. */
  private async subscribers(
    request: Pick<Requested, 'caller'>,
    conversationId: string,
    { limit, client_id: after }: { readonly limit: number; readonly client_id?: string | undefined },
  ): Promise<readonly Subscription[]> {
    await this.kinds.requireService(request.caller.applicationId, conversationId);
    const { members } = await this.bus.ask(listMembers, {
      ...readBy(request),
      ...{ conversationId, state: null, role: null, limit },
      cursor: after === undefined ? null : encodeTextCursor(after),
    });
    return members.map(({ userId, joinedAt }) => ({
      timestamp: joinedAt ?? 0,
      subscriber: userId,
      conv_id: conversationId,
    }));
  }

  private async subscriptions(
    { caller: { applicationId } }: Pick<Requested, 'caller'>,
    userId: string,
    page: SubscriptionsPage,
  ): Promise<readonly Subscription[]> {
    const found: Subscription[] = [];
    let cursor: string | null = null;
    do {
      const answer: {
        subscriptions: { conversationId: string; joinedAt: number }[];
        nextCursor: string | null;
      } = await this.bus.ask(listSubscriptions, { applicationId, userId, cursor });
      found.push(
        ...answer.subscriptions.map(({ conversationId, joinedAt }) => ({
          timestamp: joinedAt,
          subscriber: userId,
          conv_id: conversationId,
        })),
      );
      cursor = answer.nextCursor;
    } while (cursor !== null);
    return pageOfSubscriptions(found, page);
  }
}
