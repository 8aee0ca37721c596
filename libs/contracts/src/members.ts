import { z } from 'zod';
import { call } from './call.js';
import { memberRole } from './event.js';
import { applicationId, conversationId, timestamp, userId } from './identifiers.js';
import { idempotentRequest } from './idempotency.js';
import { limits } from './limits.js';

export const member = z
  .object({ id: z.uuid(), userId, role: memberRole, joinedAt: timestamp.nullable() })
  .meta({ id: 'Member' });

export const newMember = z.strictObject({ userId, role: memberRole.default('member') });

export const addMembers = call(
  'conversation.members.add',
  z.object({
    applicationId,
    conversationId,
    request: idempotentRequest.nullable(),
    members: z.array(newMember).min(1).max(limits.membersPerGroup),
  }),
  z.object({ members: z.array(member) }),
);
export const removeMember = call(
  'conversation.members.remove',
  z.object({ applicationId, conversationId, userId }),
  z.object({}),
);
