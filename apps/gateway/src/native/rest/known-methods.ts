import type { Operation } from '#contracts/rest/operation.js';
import { operations } from '#contracts/rest/operations.js';

const routes = (Object.values(operations) as Operation[]).map(({ method, path }) => ({
  method: method.toUpperCase(),
  pattern: new RegExp(`^/api/v1${path.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`, 'i'),
}));

/** The methods that a path of the dialect knows; none for a path that does not exist. */
export function knownMethods(path: string): string[] {
  return routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
}
