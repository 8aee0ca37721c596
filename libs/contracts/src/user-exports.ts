import { z } from 'zod';
import { userBlock } from './blocks.js';
import { call } from './call.js';
import { conversationKind } from './conversations.js';
import { memberRole, timelineEvent } from './event.js';
import { file } from './files.js';
import {
  applicationId,
  conversationId,
  eventId,
  idempotencyKey,
  seq,
  timestamp,
  userId,
} from './identifiers.js';
import { pushNotification } from './push.js';
import { sessionView } from './session-ends.js';
import { user } from './users.js';

const isCreator = z.boolean().meta({ description: 'The user has created the conversation.' });
const expiresAt = timestamp.nullable().meta({ description: 'Null: never.' });

/** One stay in a conversation, an invitation that was never followed too, with its receipts. */
const membershipRecord = z.object({
  type: z.literal('membership'),
  conversationId,
  conversationKind,
  isCreator,
  id: z.uuid(),
  role: memberRole,
  state: z.enum(['invited', 'joined', 'left']),
  inviterId: userId.nullable(),
  invitedAt: timestamp.nullable(),
  joinedAt: timestamp.nullable(),
  leftAt: timestamp.nullable(),
  joinedSeq: seq.nullable(),
  leftSeq: seq.nullable(),
  deliveredSeq: seq.meta({ description: 'Everything up to there was delivered.' }),
  readSeq: seq.meta({ description: 'Everything up to there was read.' }),
  muted: z.boolean(),
  silencedUntil: timestamp.nullable(),
});

const records = [
  z.object({
    type: z.literal('user'),
    user,
    updatedAt: timestamp,
    tokensValidFrom: timestamp.nullable().meta({ description: 'Tokens issued before do not count.' }),
  }),
  /** Is open. */
  z.object({
    type: z.literal('session'),
    ...sessionView.shape,
    tokenId: z.string().nullable().meta({ description: 'Claim `jti` of its token.' }),
  }),
  /** From the log of sessions, which is kept for a week. */
  z.object({
    type: z.literal('session_change'),
    sessionId: z.uuid(),
    kind: z.enum(['online', 'offline']),
    reason: z.string().nullable(),
    detail: z.string().nullable(),
    dialect: z.string(),
    tag: z.string().nullable(),
    address: z.string().nullable(),
    timestamp,
  }),
  z.object({ type: z.literal('revoked_token'), tokenId: z.string(), revokedAt: timestamp, expiresAt }),
  /** Somebody whom the user has blocked. */
  z.object({ type: z.literal('block'), ...userBlock.shape }),
  /** The user may not be in this conversation. */
  z.object({ type: z.literal('conversation_block'), conversationId, blockedAt: timestamp, expiresAt }),
  z.object({
    type: z.literal('file'),
    file,
    contentPath: z.string().meta({ description: 'Where its bytes are, on this server.' }),
  }),
  z.object({
    type: z.literal('idempotency_key'),
    key: idempotencyKey,
    eventId: eventId.nullable().meta({ description: 'What was stored by it; null: no event.' }),
    createdAt: timestamp,
    expiresAt,
  }),
  membershipRecord,
  /** Without a stay: a room that it has ever entered, or where servers have spoken in its name. */
  z.object({
    type: z.literal('visit'),
    conversationId,
    conversationKind,
    isCreator,
    enteredAt: timestamp.nullable().meta({ description: 'Of a room; null: it is not in it now.' }),
  }),
  /** A conversation that the user has created, whether it has ever been in it or not. */
  z.object({ type: z.literal('created'), conversationId, conversationKind, createdAt: timestamp }),
  /** An event that the user has sent or caused, as it is now. */
  z.object({ type: z.literal('event'), event: timelineEvent }),
  /** An event of somebody else's that was listed for the user, without its content. */
  z.object({ type: z.literal('addressed'), conversationId, eventId, seq, timestamp }),
] as const;

/** Of what another app keeps. */
const notificationRecord = z.object({
  type: z.literal('notification'),
  // Its text quotes somebody else's message.
  ...pushNotification.omit({ payload: true, userId: true }).shape,
});

const endRecord = z.object({
  type: z.literal('end'),
  records: z.int().meta({ description: 'How many lines came before this one.' }),
});

const storedRecord = z.discriminatedUnion('type', records);
export type StoredRecord = z.infer<typeof storedRecord>;

/** One line of an export. */
export const userExportRecord = z
  .discriminatedUnion('type', [...records, notificationRecord, endRecord])
  .meta({ id: 'UserExportRecord' });
export type UserExportRecord = z.infer<typeof userExportRecord>;

/** Parts of an export that conversation answers, in their order. */
export const exportParts = [
  'user',
  'sessions',
  'sessionChanges',
  'revokedTokens',
  'blocks',
  'conversationBlocks',
  'files',
  'idempotencyKeys',
  'memberships',
  'visits',
  'created',
  'events',
  'addressed',
] as const;
const exportPart = z.enum(exportParts);
export type ExportPart = z.infer<typeof exportPart>;

/** `after` is what the part itself made of its last record; empty at its beginning. */
const exportPosition = z.object({ part: exportPart, after: z.array(z.string()) });

/**
 * A page of what is stored about a user: a portion of one part, which may be empty before the end. `next` is where to go
 * on; null at the end.
 */
export const exportUser = call(
  'users.export',
  z.object({ applicationId, userId, from: exportPosition.nullable() }),
  z.object({ records: z.array(storedRecord), next: exportPosition.nullable() }),
  15_000,
);
