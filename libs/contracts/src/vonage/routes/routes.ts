import type { z } from 'zod';
import { conversationRoutes } from './conversation-routes.js';
import { eventRoutes } from './event-routes.js';
import { memberRoutes } from './member-routes.js';
import type { VonageRoute } from './route.js';
import { sessionRoutes } from './session-routes.js';
import { userRoutes } from './user-routes.js';

/** Everything that is served of Vonage's Conversation API as JSON; what is not in here is answered with 404. */
export const vonageRoutes = {
  ...conversationRoutes,
  ...memberRoutes,
  ...eventRoutes,
  ...userRoutes,
  ...sessionRoutes,
} as const;

export type RouteName = keyof typeof vonageRoutes;
export const routeNames = Object.keys(vonageRoutes) as RouteName[];

type Definition<Name extends RouteName> = (typeof vonageRoutes)[Name];
export type ParametersOf<Name extends RouteName> = z.output<Definition<Name>['parameters']>;
export type QueryOf<Name extends RouteName> = z.output<Definition<Name>['query']>;
export type BodyOf<Name extends RouteName> = z.output<Definition<Name>['body']>;

export function routeOf(name: RouteName): VonageRoute {
  return vonageRoutes[name];
}
