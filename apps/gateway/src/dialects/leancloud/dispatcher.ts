import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError, invalidRequest } from '#contracts/errors.js';
import { leanCloudCodes } from '#contracts/leancloud/codes.js';
import type { LeanCloudRoute } from '#contracts/leancloud/routes/route.js';
import type { BodyOf } from '#contracts/leancloud/routes/routes.js';
import { Admission } from '../../admission/admission.port.js';
import { LeanCloudError, type LeanCloudErrorBody } from './leancloud-error.js';
import { leanCloudErrorOf } from './leancloud-errors.port.js';
import type { LeanCloudCaller, Requested } from './requested.js';
import { matchRoute } from './route-table.js';
import { RouteGroups } from './routes/route-groups.js';

/** A request as it came, or as a batch holds it. */
export interface RawRequest {
  readonly method: string;
  /** From the root, without the query. */
  readonly path: string;
  readonly query: unknown;
  readonly body: unknown;
  readonly caller: LeanCloudCaller;
  readonly address: string | null;
  readonly idempotencyKey: string | null;
  /** Tells it apart from the other requests of its batch. */
  readonly part?: number;
}

interface Answered {
  readonly status: number;
  readonly body: unknown;
}

/** As a method, it takes what any of the handlers takes: name and request come from the same entry of the table. */
type Handle = { handle(request: Requested): Promise<unknown> }['handle'];
type BatchAnswer = { readonly success: unknown } | { readonly error: LeanCloudErrorBody };

/** Finds the route of a request, parses what it says, and has it answered. */
@Injectable()
export class Dispatcher {
  constructor(
    private readonly groups: RouteGroups,
    private readonly admission: Admission,
  ) {}

  /** @throws LeanCloudError, and what nobody expects */
  async dispatch(raw: RawRequest): Promise<Answered> {
    const { name, route, collection, parameters } = matchRoute(raw.method, raw.path);
    const { caller, address, idempotencyKey } = raw;
    if (name === 'batch' && raw.part !== undefined)
      throw new LeanCloudError(400, leanCloudCodes.internal, 'A batch holds no batches');
    if (route.access === 'master' && caller.kind !== 'master')
      throw new LeanCloudError(403, leanCloudCodes.forbidden, 'Forbidden. This takes the master key.');
    try {
      const idempotency =
        idempotencyKey === null ? null : { namespace: namespaceOf(name, raw), key: idempotencyKey };
      const request = {
        caller,
        collection,
        address,
        idempotency,
        parameters: parsed(route.parameters, parameters),
        query: parsed(route.query, raw.query ?? {}),
        body: parsed(route.body, bodyOf(route, raw.body)),
      } as Requested;
      const handle: Handle =
        name === 'batch' ? (batch: Requested<'batch'>) => this.batch(batch, raw) : this.groups.handlers[name];
      const body = await handle(request);
      return { status: route.status, body: body ?? {} };
    } catch (error) {
      throw error instanceof HooklineError
        ? leanCloudErrorOf(error, { area: route.area, collection })
        : error;
    }
  }

  /** One after the other, each by itself: what one of them is refused for keeps no other from being done. */
  private async batch({ body }: Requested<'batch'>, whole: RawRequest): Promise<readonly BatchAnswer[]> {
    const answers: BatchAnswer[] = [];
    for (const [index, request] of body.requests.entries())
      answers.push(await this.part(request, index, whole));
    return answers;
  }

  private async part(
    { method, path, params, body }: BodyOf<'batch'>['requests'][number],
    index: number,
    { caller, address, idempotencyKey }: RawRequest,
  ): Promise<BatchAnswer> {
    try {
      // The first of them is counted already.
      if (index > 0) this.admission.call(caller);
      const url = urlOf(path);
      const query = { ...Object.fromEntries(url.searchParams), ...params };
      const said = { method, path: url.pathname, query, body, part: index };
      return { success: (await this.dispatch({ ...said, caller, address, idempotencyKey })).body };
    } catch (error) {
      if (error instanceof LeanCloudError) return { error: error.toBody() };
      if (error instanceof HooklineError) return { error: leanCloudErrorOf(error).toBody() };
      throw error;
    }
  }
}

/** @throws LeanCloudError 1 */
function urlOf(path: string): URL {
  try {
    return new URL(path, 'http://batch');
  } catch {
    throw new LeanCloudError(400, leanCloudCodes.internal, `${path} is no path`);
  }
}

function namespaceOf(name: string, { part }: RawRequest): string {
  return part === undefined ? `leancloud:${name}` : `leancloud:${name}/${String(part)}`;
}

/** Who sends nothing sends no fields. */
function bodyOf({ method }: LeanCloudRoute, body: unknown): unknown {
  return method === 'get' ? undefined : (body ?? {});
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const code: unknown = issue.code === 'custom' ? issue.params?.['leanCloudCode'] : undefined;
    if (typeof code === 'number')
      throw new LeanCloudError(400, code, `${issue.path.join('.')} ${issue.message}`);
  }
  throw invalidRequest(result.error);
}
