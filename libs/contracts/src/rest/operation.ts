import type { z } from 'zod';
import type { ErrorCode } from '../errors.js';

/** Whose credentials an operation takes. */
export type CallerKind = 'installation' | 'master' | 'user';

type Fields = z.ZodObject;

/** JSON by `schema`, bytes of any type, or nothing. */
interface OperationAnswer {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** The handler answers itself, a JSON value by `schema` on each line. */
  readonly lines?: true;
  readonly bytes?: true;
}

/** One REST operation: route, validation, documentation. The OpenAPI document is made from these and nothing else. */
export interface Operation<
  Parameters extends Fields = Fields,
  Query extends Fields = Fields,
  Body extends z.ZodType = z.ZodType,
  Callers extends CallerKind = CallerKind,
> {
  readonly id: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Below /api/v1, with `{parameter}`s. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** None: it needs no credentials. */
  readonly callers: readonly Callers[];
  readonly parameters: Parameters;
  readonly query: Query;
  readonly body: Body;
  /** The handler reads the body itself, as it comes: raw bytes, or a form with one file. */
  readonly takes?: 'bytes';
  /** Status -> what is answered. The highest is the usual one. */
  readonly answers: Readonly<Record<number, OperationAnswer>>;
  /** Errors of its own, besides those that every operation can answer. */
  readonly errors: readonly ErrorCode[];
  /** Takes an Idempotency-Key. */
  readonly idempotent: boolean;
}

/** Errors that every operation can answer. */
export const commonErrors = [
  'invalid_request',
  'unauthenticated',
  'token_expired',
  'token_revoked',
  'forbidden',
  'rate_limited',
  'internal_error',
  'service_unavailable',
  'timeout',
] as const satisfies readonly ErrorCode[];
