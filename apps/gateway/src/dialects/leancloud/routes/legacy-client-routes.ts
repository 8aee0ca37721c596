import { Injectable } from '@nestjs/common';
import { countMembers, silenceMember } from '#contracts/members.js';
import { Bus } from '#platform/bus/bus.js';
import { Clients } from '../clients.js';
import { ConversationKinds } from '../conversation-kinds.js';
import { partOfChange, type Requested, type RouteHandlers } from '../requested.js';

type Names =
  | 'checkLegacyOnline'
  | 'countLegacyOnline'
  | 'countAllLegacyUnread'
  | 'countLegacyUnread'
  | 'kickLegacy'
  | 'silenceLegacy'
  | 'liftLegacySilence';

/** Clients by the first version of the API. */
@Injectable()
export class LegacyClientRoutes {
  constructor(
    private readonly bus: Bus,
    private readonly clients: Clients,
    private readonly kinds: ConversationKinds,
  ) {}

  readonly handlers: RouteHandlers<Names> = {
    checkLegacyOnline: (request) => this.clients.online(request, request.body.peers),
    countLegacyOnline: async ({ caller: { applicationId }, query: { gid: conversationId } }) => {
      await this.kinds.require(applicationId, conversationId, 'chatrooms');
      return { result: (await this.bus.ask(countMembers, { applicationId, conversationId })).count };
    },
    countAllLegacyUnread: (request) => this.clients.unread(request, request.parameters.clientId, null),
    countLegacyUnread: (request) =>
      this.clients.unread(request, request.parameters.clientId, request.parameters.conversationId),
    kickLegacy: (request) => this.clients.kick(request, request.body.client_id, request.body.reason),
    silenceLegacy: (request) => this.silence(request, { seconds: request.body.ttl }),
    liftLegacySilence: (request) => this.silence(request, null),
  };

  private async silence(
    request: Requested<'silenceLegacy' | 'liftLegacySilence'>,
    silenced: { seconds: number } | null,
  ): Promise<void> {
    const { conv_id: conversationId, peers } = request.body;
    for (const userId of new Set(peers)) {
      const change = partOfChange(request, userId);
      await this.bus.ask(silenceMember, { ...change, conversationId, userId, silenced });
    }
  }
}
