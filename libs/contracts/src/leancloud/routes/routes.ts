import type { z } from 'zod';
import { classRoutes } from './class-routes.js';
import { clientRoutes } from './client-routes.js';
import { conversationRoutes } from './conversation-routes.js';
import { legacyRoutes } from './legacy-routes.js';
import { messageRoutes } from './message-routes.js';
import type { LeanCloudRoute } from './route.js';
import { serviceRoutes } from './service-routes.js';
import { serviceMessageRoutes } from './service-message-routes.js';

/** Everything that is served of LeanCloud's REST API; what is not in here is answered with 404. */
export const leanCloudRoutes = {
  ...conversationRoutes,
  ...messageRoutes,
  ...clientRoutes,
  ...classRoutes,
  ...legacyRoutes,
  ...serviceRoutes,
  ...serviceMessageRoutes,
} as const;

export type RouteName = keyof typeof leanCloudRoutes;
export const routeNames = Object.keys(leanCloudRoutes) as RouteName[];

type Definition<Name extends RouteName> = (typeof leanCloudRoutes)[Name];
export type ParametersOf<Name extends RouteName> = z.output<Definition<Name>['parameters']>;
export type QueryOf<Name extends RouteName> = z.output<Definition<Name>['query']>;
export type BodyOf<Name extends RouteName> = z.output<Definition<Name>['body']>;

export function routeOf(name: RouteName): LeanCloudRoute {
  return leanCloudRoutes[name];
}

/** Each path of a route, with the collections by their names. */
export function pathsOf({ path, collections }: LeanCloudRoute): readonly string[] {
  return collections === undefined
    ? [path]
    : collections.map((collection) => path.replace('{collection}', collection));
}
