import { z } from 'zod';
import { conversationId, userId } from '../../identifiers.js';
import { jsonValue } from '../../json-value.js';
import { flag, integer } from '../../text-values.js';
import { leanCloudCodes } from '../codes.js';
import { leanCloudLimits } from '../limits.js';

type Fields = z.ZodObject;

/** What of LeanCloud's REST API stands for a kind of conversations. */
export const collections = ['conversations', 'chatrooms', 'service-conversations'] as const;
export type Collection = (typeof collections)[number];

/** What is done, as far as LeanCloud tells errors of it apart. */
export type RouteArea = 'conversations' | 'sending' | 'changing' | 'classes';

/** One request of LeanCloud's REST API: path, validation, and who may. */
export interface LeanCloudRoute<
  Parameters extends Fields = Fields,
  Query extends Fields = Fields,
  Body extends z.ZodType = z.ZodType,
> {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** From the root, with `{parameter}`s. `{collection}` is one of `collections`. */
  readonly path: string;
  readonly collections?: readonly Collection[];
  /** `application`: the application key is enough. */
  readonly access: 'master' | 'application';
  readonly area: RouteArea;
  readonly parameters: Parameters;
  readonly query: Query;
  readonly body: Body;
  readonly status: 200 | 201;
}

const none = z.object({});
type None = typeof none;

interface Options<Parameters extends Fields, Query extends Fields, Body extends z.ZodType> {
  readonly collections?: readonly Collection[];
  readonly access?: 'application';
  readonly area?: RouteArea;
  readonly parameters?: Parameters;
  readonly query?: Query;
  readonly body?: Body;
  readonly status?: 201;
}

export function route<
  Parameters extends Fields = None,
  Query extends Fields = None,
  Body extends z.ZodType = z.ZodUnknown,
>(
  method: LeanCloudRoute['method'],
  path: string,
  options: Options<Parameters, Query, Body> = {},
): LeanCloudRoute<Parameters, Query, Body> {
  return {
    method,
    path,
    ...(options.collections !== undefined && { collections: options.collections }),
    access: options.access ?? 'master',
    area: options.area ?? 'conversations',
    parameters: options.parameters ?? (none as Parameters & None),
    query: options.query ?? (none as Query & None),
    body: options.body ?? (z.unknown() as Body & z.ZodUnknown),
    status: options.status ?? 200,
  };
}

/** At LeanCloud a client is whoever says its id; here it is a user. */
export const clientId = z.string().refine(isClientId, {
  error: `must have 1 to ${String(leanCloudLimits.clientIdLength)} characters, no ':' and no control characters`,
  params: { leanCloudCode: leanCloudCodes.invalidLogin },
});
export const clientIds = z.array(clientId).min(1).max(leanCloudLimits.clientsPerRequest);

/** ms since the epoch, in a query. */
export const queryTimestamp = integer(0, 253_402_300_799_999);

/** Any fields: columns of a conversation. */
export const columns = z.record(z.string(), jsonValue);

export const ofConversation = z.object({ conversationId });

/** What finds objects: `where` is JSON. Unknown fields, `include` among them, mean nothing. */
export const finding = z.object({
  where: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  order: z.string().max(200).optional(),
  keys: z.string().max(1_000).optional(),
  skip: integer(0, 1_000_000).default(0),
  limit: integer(0, leanCloudLimits.objectsPerPage).default(leanCloudLimits.objectsPerPageDefault),
  count: flag,
});
export type Finding = z.output<typeof finding>;

function isClientId(id: string): boolean {
  return id.length <= leanCloudLimits.clientIdLength && userId.safeParse(id).success;
}
