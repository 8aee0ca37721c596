import { z } from 'zod';
import { limits } from './limits.js';

// As a segment of a path these mean another path: no URL could name their owner.
const isAddressable = (id: string): boolean => id !== '.' && id !== '..';
const addressable = 'must not be . or ..';

// Control characters, and lone surrogates, which cannot be stored as UTF-8.
const unprintable = /[\p{Cc}\p{Cs}]/u;

/** Chosen by the client: up to 200 characters, no ':' and no control characters. */
export const userId = z
  .string()
  .min(1)
  .max(limits.userIdLength)
  .refine(isAddressable, addressable)
  .refine((id) => !id.includes(':') && !unprintable.test(id), "must not contain ':' or control characters")
  .meta({
    id: 'UserId',
    description: 'Chosen by you; up to 200 characters, no ":" and no control characters.',
    example: 'tom',
  });

/** UUIDv7 by default; any imported id of up to 64 characters. */
export const conversationId = z
  .string()
  .min(1)
  .max(limits.conversationIdLength)
  .regex(/^[A-Za-z0-9._~-]+$/, "may contain letters, digits, '.', '_', '~' and '-'")
  .refine(isAddressable, addressable)
  .meta({
    id: 'ConversationId',
    description: 'UUIDv7 unless you bring your own.',
    example: '5789a33a1b8694ad267d8040',
  });

export const applicationId = z
  .string()
  .min(1)
  .max(limits.applicationIdLength)
  .regex(/^[A-Za-z0-9._~-]+$/, "may contain letters, digits, '.', '_', '~' and '-'")
  // Files are kept in a folder of this name, beside hidden ones.
  .refine((id) => !id.startsWith('.'), "must not begin with '.'")
  .meta({ id: 'ApplicationId', example: 'cartoons' });

export const eventId = z.uuid().meta({ id: 'EventId', example: '01940b5e-7d2c-7000-8000-000000000001' });

/** Position in a conversation's timeline, gap-free from 1. Fits a double's integers by a margin of millions of years. */
export const seq = z
  .int()
  .min(0)
  .meta({ description: 'Position in the timeline, gap-free from 1.', example: 42 });

/** Milliseconds since the epoch. */
export const timestamp = z
  .int()
  .meta({ description: 'Milliseconds since the epoch.', example: 1472200796764 });

/** Text without what PostgreSQL cannot store in a text column; it may be empty. */
export const storableText = (length: number): z.ZodString =>
  z
    .string()
    .max(length)
    .refine((text) => !unprintable.test(text), 'must not contain control characters');

/** The same, and something to see. */
export const printableText = (length: number): z.ZodString => storableText(length).min(1);

export const displayText = printableText(limits.nameLength);

/** Chosen by whoever creates a conversation: what makes it the same one. */
export const uniqueKey = z
  .string()
  .min(1)
  .max(limits.uniqueKeyLength)
  .refine((text) => !unprintable.test(text), 'must not contain control characters');

/** Chosen by the caller, unique per operation; up to 200 visible ASCII characters. */
export const idempotencyKey = z
  .string()
  .min(1)
  .max(limits.idempotencyKeyLength)
  .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII characters');

/** Internal handles, never shown to clients: keys of conversations travel as decimal strings (bigint has no JSON form). */
export const conversationKey = z.string().regex(/^[1-9][0-9]*$/);
