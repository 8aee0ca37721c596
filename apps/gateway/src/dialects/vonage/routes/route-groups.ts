import { Injectable } from '@nestjs/common';
import type { RouteName } from '#contracts/vonage/routes/routes.js';
import type { RouteHandlers } from '../requested.js';
import { ConversationRoutes } from './conversation-routes.js';
import { EventRoutes } from './event-routes.js';
import { MemberRoutes } from './member-routes.js';
import { UserRoutes } from './user-routes.js';
import { SessionRoutes } from './session-routes.js';

/** What answers the routes, group by group. */
@Injectable()
export class RouteGroups {
  readonly handlers: RouteHandlers<RouteName>;

  constructor(
    conversations: ConversationRoutes,
    members: MemberRoutes,
    events: EventRoutes,
    users: UserRoutes,
    sessions: SessionRoutes,
  ) {
    this.handlers = {
      ...conversations.handlers,
      ...members.handlers,
      ...events.handlers,
      ...users.handlers,
      ...sessions.handlers,
    };
  }
}
