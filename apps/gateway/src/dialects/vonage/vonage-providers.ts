import { EventTranslator } from '#dialects/vonage/event-translator.js';
import { People } from '#dialects/vonage/people.js';
import { VonageAuthentication } from './auth/vonage-authentication.js';
import { Callbacks } from './callbacks.js';
import { Directory } from './directory.js';
import { Dispatcher } from './dispatcher.js';
import { EventSender } from './events/event-sender.js';
import { Members } from './members.js';
import { ConversationRoutes } from './routes/conversation-routes.js';
import { EventRoutes } from './routes/event-routes.js';
import { MemberRoutes } from './routes/member-routes.js';
import { RouteGroups } from './routes/route-groups.js';
import { SessionRoutes } from './routes/session-routes.js';
import { UserRoutes } from './routes/user-routes.js';
import { Pushes } from './sockets/pushes.js';
import { SocketLogin } from './sockets/socket-login.js';
import { SocketRequests } from './sockets/socket-requests.js';
import { VonageConnections } from './sockets/vonage-connections.js';
import { RtcSockets, SecondRtcSockets } from './sockets/vonage-sockets.js';

/** Everything that Vonage's Conversation API is served by. */
export const vonageProviders = [
  Callbacks,
  ConversationRoutes,
  Directory,
  Dispatcher,
  EventRoutes,
  EventSender,
  EventTranslator,
  MemberRoutes,
  Members,
  { provide: People, useExisting: Directory },
  Pushes,
  RouteGroups,
  RtcSockets,
  SecondRtcSockets,
  SessionRoutes,
  SocketLogin,
  SocketRequests,
  UserRoutes,
  VonageAuthentication,
  VonageConnections,
];
