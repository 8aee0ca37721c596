import { z } from 'zod';
import { actor } from './actor.js';
import { call } from './call.js';
import { change as changing, hookedPatience } from './change.js';
import { applicationId, conversationId, timestamp, userId } from './identifiers.js';
import { idempotentRequest } from './idempotency.js';
import { restrictionSeconds } from './members.js';

/** Somebody who may not be in a conversation. */
export const conversationBlock = z
  .object({
    userId,
    blockedBy: userId.nullable().meta({ description: 'Null: a server.' }),
    blockedAt: timestamp,
    expiresAt: timestamp.optional().meta({ description: 'Ends by itself then; absent: when it is lifted.' }),
  })
  .meta({ id: 'ConversationBlock' });
export type ConversationBlock = z.infer<typeof conversationBlock>;

/** Somebody with whom a user wants nothing to do. */
export const userBlock = z.object({ userId, blockedAt: timestamp }).meta({ id: 'UserBlock' });
export type UserBlock = z.infer<typeof userBlock>;

const page = { cursor: z.string().nullable(), limit: z.int() };
const nextCursor = z.string().nullable();
const nothing = z.object({});
const ofConversation = { applicationId, conversationId, actor };
const change = { ...ofConversation, ...changing, userId };

export const blockInConversation = call(
  'conversation.blocks.add',
  z.object({ ...change, seconds: restrictionSeconds }),
  conversationBlock,
  hookedPatience,
);
export const unblockInConversation = call('conversation.blocks.remove', z.object(change), nothing);
export const listConversationBlocks = call(
  'conversation.blocks.list',
  z.object({ ...ofConversation, ...page }),
  z.object({ blocks: z.array(conversationBlock), nextCursor }),
);

const ofUser = { applicationId, userId };

export const blockUser = call(
  'users.blocks.add',
  z.object({ ...ofUser, request: idempotentRequest.nullable(), blockedUserId: userId }),
  userBlock,
);
export const unblockUser = call(
  'users.blocks.remove',
  z.object({ ...ofUser, request: idempotentRequest.nullable(), blockedUserId: userId }),
  nothing,
);
export const getUserBlock = call(
  'users.blocks.get',
  z.object({ ...ofUser, blockedUserId: userId }),
  userBlock,
);
export const listUserBlocks = call(
  'users.blocks.list',
  z.object({ ...ofUser, ...page }),
  z.object({ blocks: z.array(userBlock), nextCursor }),
);
