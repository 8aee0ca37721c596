import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError, invalidRequest } from '#contracts/errors.js';
import { routeNames, routeOf, type RouteName } from '#contracts/vonage/routes/routes.js';
import { isLegacy, prefixes, versionOf, type VonageVersion } from '#contracts/vonage/versions.js';
import { isOpenedBy } from '#domain/permissions/access-paths.js';
import { patternOf, RouteTable } from '../route-table.js';
import type { VonageCaller } from './auth/vonage-authentication.js';
import type { Reply, Requested } from './requested.js';
import { RouteGroups } from './routes/route-groups.js';
import { VonageError } from './vonage-error.js';
import { vonageErrorOf } from './vonage-errors.port.js';

/** A request as it came. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly query: unknown;
  readonly body: unknown;
  readonly text: string;
  readonly caller: VonageCaller;
  readonly root: string;
  readonly address: string | null;
}

interface Answered {
  readonly status: number;
  /** Undefined: none. */
  readonly body: unknown;
}

const table = new RouteTable(
  routeNames.flatMap((name) => {
    const { methods, path, versions } = routeOf(name);
    const pattern = patternOf(`/{prefix}${path}`, {
      prefix: versions.flatMap((version) => prefixes[version]),
    });
    return methods.map((method) => ({ name, method: method.toUpperCase(), pattern }));
  }),
);

/** As a method, it takes what any of the handlers takes: name and request come from the same entry of the table. */
type Handle = { handle(request: Requested): Promise<Reply> }['handle'];

/** Finds the route of a request, parses what it says, and has it answered. */
@Injectable()
export class Dispatcher {
  constructor(private readonly groups: RouteGroups) {}

  /** @throws VonageError, and what nobody expects */
  async dispatch(raw: RawRequest): Promise<Answered> {
    const { method, path, caller } = raw;
    const match = table.match(method, path);
    if (match.kind === 'not_served')
      throw vonageErrorOf(new HooklineError('not_found', `${path} is not served by Hookline`));
    if (match.kind === 'not_allowed')
      throw new VonageError(405, 'http:error:method-not-allowed', 'Request method not supported.', {
        allow: match.allow,
      });
    const { prefix = '', ...parameters } = match.parameters;
    const version = versionOf(prefix) ?? 'v1';
    if (caller.kind === 'user' && !isOpenedBy(caller.paths, method, path))
      throw new VonageError(
        403,
        'system:error:permission',
        `The token's acl does not open ${method} ${path}`,
      );
    try {
      return statusOf(version, await this.handled(match.name, raw, { prefix, version, parameters }));
    } catch (error) {
      throw error instanceof HooklineError ? vonageErrorOf(error) : error;
    }
  }

  private handled(
    name: RouteName,
    { caller, root, path, text, address, query, body }: RawRequest,
    place: { readonly prefix: string; readonly version: VonageVersion; readonly parameters: unknown },
  ): Promise<Reply> {
    const route = routeOf(name);
    if (route.access === 'server' && caller.kind !== 'master')
      throw new HooklineError('forbidden', 'This takes a token without `sub`');
    const request = {
      ...{ caller, root, path, text, address },
      ...place,
      parameters: parsed(route.parameters, place.parameters),
      query: parsed(route.query, query ?? {}),
      body: parsed(route.body, body ?? {}),
    } as Requested;
    const handle: Handle = this.groups.handlers[name];
    return handle(request);
  }
}

/** The flat versions answer 200 to whatever has gone well; their packages take nothing else. */
function statusOf(version: VonageVersion, reply: Reply): Answered {
  if (isLegacy(version)) return { status: 200, body: reply.kind === 'done' ? {} : reply.body };
  switch (reply.kind) {
    case 'found':
      return { status: 200, body: reply.body };
    case 'created':
      return { status: 201, body: reply.body };
    case 'done':
      return { status: 204, body: undefined };
  }
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) throw invalidRequest(result.error);
  return result.data;
}
