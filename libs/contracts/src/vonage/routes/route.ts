import { z } from 'zod';
import { conversationId } from '../../identifiers.js';
import { integer } from '../../text-values.js';
import { vonageLimits } from '../limits.js';
import type { VonageVersion } from '../versions.js';

type Fields = z.ZodObject;

/** One request of Vonage's REST API: path, versions, validation, and who may. */
export interface VonageRoute<
  Parameters extends Fields = Fields,
  Query extends Fields = Fields,
  Body extends z.ZodType = z.ZodType,
> {
  readonly methods: readonly ('get' | 'post' | 'put' | 'patch' | 'delete')[];
  /** Behind the version's prefix, with `{parameter}`s. */
  readonly path: string;
  readonly versions: readonly VonageVersion[];
  /** `server`: it takes a token without `sub`. */
  readonly access: 'server' | 'anybody';
  readonly parameters: Parameters;
  readonly query: Query;
  readonly body: Body;
}

export const legacy = ['v0.1', 'v0.2'] as const;
export const modern = ['v0.3', 'v1'] as const;
const all = [...legacy, ...modern] as const;

const none = z.object({});
type None = typeof none;

interface Options<Parameters extends Fields, Query extends Fields, Body extends z.ZodType> {
  readonly versions?: readonly VonageVersion[];
  readonly access?: 'server';
  readonly parameters?: Parameters;
  readonly query?: Query;
  readonly body?: Body;
}

type Method = VonageRoute['methods'][number];

export function route<
  Parameters extends Fields = None,
  Query extends Fields = None,
  Body extends z.ZodType = z.ZodUnknown,
>(
  methods: Method | readonly Method[],
  path: string,
  options: Options<Parameters, Query, Body> = {},
): VonageRoute<Parameters, Query, Body> {
  return {
    methods: typeof methods === 'string' ? [methods] : methods,
    path,
    versions: options.versions ?? all,
    access: options.access ?? 'anybody',
    parameters: options.parameters ?? (none as Parameters & None),
    query: options.query ?? (none as Query & None),
    body: options.body ?? (z.unknown() as Body & z.ZodUnknown),
  };
}

/** Some packages write `asc`, some `ASC`. */
export function upperCase<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z
    .string()
    .transform((text) => text.toUpperCase())
    .pipe(z.enum(values));
}

/** Null is no value: some packages write all of their fields. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value) => value ?? undefined);
}

export const page = {
  page_size: integer(1, vonageLimits.pageSize).default(vonageLimits.defaultPageSize),
  order: upperCase(['ASC', 'DESC'])
    .default('ASC')
    .transform((order) => (order === 'ASC' ? ('ascending' as const) : ('descending' as const))),
  cursor: z
    .string()
    .optional()
    .transform((cursor) => (cursor === undefined || cursor === '' ? null : cursor)),
};

export const ofConversation = z.object({ conversationId });

/** What a parameter names: the caller's own, or one by its id, as it stands. */
export const reference = z.string().min(1).max(100);
