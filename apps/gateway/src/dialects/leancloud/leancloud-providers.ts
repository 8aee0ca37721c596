import { LeanCloudAuthentication } from './auth/leancloud-authentication.js';
import { Broadcasts } from './broadcasts.js';
import { Clients } from './clients.js';
import { ConversationFinder } from './conversation-finder.js';
import { ConversationKinds } from './conversation-kinds.js';
import { ConversationWrites } from './conversation-writes.js';
import { Dispatcher } from './dispatcher.js';
import { History } from './history.js';
import { KnownUsers } from './known-users.js';
import { MessageChanger } from './message-changer.js';
import { MessageSender } from './message-sender.js';
import { ClassRoutes } from './routes/class-routes.js';
import { ClientRoutes } from './routes/client-routes.js';
import { ConversationRoutes } from './routes/conversation-routes.js';
import { LegacyClientRoutes } from './routes/legacy-client-routes.js';
import { LegacyMessageRoutes } from './routes/legacy-message-routes.js';
import { MemberRoutes } from './routes/member-routes.js';
import { MessageRoutes } from './routes/message-routes.js';
import { RestrictionRoutes } from './routes/restriction-routes.js';
import { ConversationGroups, LegacyGroups, RouteGroups, ServiceGroups } from './routes/route-groups.js';
import { ServiceMessages } from './service-messages.js';
import { ServiceRoutes } from './routes/service-routes.js';
import { ServiceMessageRoutes } from './routes/service-message-routes.js';

/** Everything that LeanCloud's REST API is served by. */
export const leanCloudProviders = [
  Broadcasts,
  ClassRoutes,
  ClientRoutes,
  Clients,
  ConversationFinder,
  ConversationGroups,
  ConversationKinds,
  ConversationRoutes,
  ConversationWrites,
  Dispatcher,
  History,
  KnownUsers,
  LeanCloudAuthentication,
  LegacyClientRoutes,
  LegacyGroups,
  LegacyMessageRoutes,
  MemberRoutes,
  MessageChanger,
  MessageRoutes,
  MessageSender,
  RestrictionRoutes,
  RouteGroups,
  ServiceGroups,
  ServiceRoutes,
  ServiceMessageRoutes,
  ServiceMessages,
];
