import { collections, type Collection, type LeanCloudRoute } from '#contracts/leancloud/routes/route.js';
import { routeNames, routeOf, type RouteName } from '#contracts/leancloud/routes/routes.js';
import { leanCloudCodes } from '#contracts/leancloud/codes.js';
import { patternOf, RouteTable } from '../route-table.js';
import { LeanCloudError } from './leancloud-error.js';

const table = new RouteTable(
  routeNames.map((name) => {
    const { method, path, collections: named = collections } = routeOf(name);
    return { name, method: method.toUpperCase(), pattern: patternOf(path, { collection: named }) };
  }),
);

interface Match {
  readonly name: RouteName;
  readonly route: LeanCloudRoute;
  readonly collection: Collection | null;
  /** As the path has them, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * The route of a request.
 *
 * @param path from the root, without a query
 * @throws LeanCloudError 404 and 1 when no route has the path, 405 and 1 when none has it with this method
 */
export function matchRoute(method: string, path: string): Match {
  const match = table.match(method, path);
  switch (match.kind) {
    case 'not_served':
      throw new LeanCloudError(404, leanCloudCodes.internal, `${path} is not served by Hookline`);
    case 'not_allowed':
      throw new LeanCloudError(405, leanCloudCodes.internal, `This path does not know ${method}`, {
        allow: match.allow,
      });
    case 'found': {
      const { collection = null, ...parameters } = match.parameters;
      const { name } = match;
      return { name, route: routeOf(name), collection: collection as Collection | null, parameters };
    }
  }
}
