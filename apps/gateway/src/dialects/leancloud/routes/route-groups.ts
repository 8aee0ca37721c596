import { Injectable } from '@nestjs/common';
import type { RouteName } from '#contracts/leancloud/routes/routes.js';
import type { RouteHandlers } from '../requested.js';
import { ClassRoutes } from './class-routes.js';
import { ClientRoutes } from './client-routes.js';
import { ConversationRoutes } from './conversation-routes.js';
import { LegacyClientRoutes } from './legacy-client-routes.js';
import { LegacyMessageRoutes } from './legacy-message-routes.js';
import { MemberRoutes } from './member-routes.js';
import { MessageRoutes } from './message-routes.js';
import { RestrictionRoutes } from './restriction-routes.js';
import { ServiceRoutes } from './service-routes.js';
import { ServiceMessageRoutes } from './service-message-routes.js';

/** Conversations, and who is in them. */
@Injectable()
export class ConversationGroups {
  readonly handlers;

  constructor(
    conversations: ConversationRoutes,
    members: MemberRoutes,
    restrictions: RestrictionRoutes,
    classes: ClassRoutes,
  ) {
    this.handlers = {
      ...conversations.handlers,
      ...members.handlers,
      ...restrictions.handlers,
      ...classes.handlers,
    };
  }
}

/** The first version of the API. */
@Injectable()
export class LegacyGroups {
  readonly handlers;

  constructor(messages: LegacyMessageRoutes, clients: LegacyClientRoutes) {
    this.handlers = { ...messages.handlers, ...clients.handlers };
  }
}

/** Services: what they say, and to whom. */
@Injectable()
export class ServiceGroups {
  readonly handlers;

  constructor(messages: ServiceMessageRoutes, subscribers: ServiceRoutes) {
    this.handlers = { ...messages.handlers, ...subscribers.handlers };
  }
}

/** What answers the routes, group by group. */
@Injectable()
export class RouteGroups {
  readonly handlers: RouteHandlers<Exclude<RouteName, 'batch'>>;

  constructor(
    conversations: ConversationGroups,
    messages: MessageRoutes,
    clients: ClientRoutes,
    legacy: LegacyGroups,
    services: ServiceGroups,
  ) {
    this.handlers = {
      ...conversations.handlers,
      ...messages.handlers,
      ...clients.handlers,
      ...legacy.handlers,
      ...services.handlers,
    };
  }
}
