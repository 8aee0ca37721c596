import { z } from 'zod';
import { conversationId } from '../identifiers.js';
import { limits } from '../limits.js';
import type { CallerKind, Operation } from './operation.js';

export const cursor = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .meta({ description: '`nextCursor` of the page before.' });
export const limit = z.coerce
  .number()
  .int()
  .min(1)
  .max(limits.pageSize)
  .default(limits.defaultPageSize)
  .meta({ description: 'Items per page.' });
export const nextCursor = z
  .string()
  .nullable()
  .meta({ description: 'Cursor of the next page; null when there is none.' });

/** Parameters of operations on one conversation. */
export const ofConversation = z.object({ conversationId });

const none = z.object({});

/** Of operations that hooks are asked about. */
export const hookErrors = ['rejected_by_hook', 'hook_failed', 'hook_engine_unavailable'] as const;

/** Defaults of an operation that takes nothing but what it names. */
export const inputless = { parameters: none, query: none, body: z.undefined() };

/** Keeps the types of what an operation takes. */
export function operation<
  Parameters extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Callers extends CallerKind,
>(definition: Operation<Parameters, Query, Body, Callers>): Operation<Parameters, Query, Body, Callers> {
  return definition;
}
