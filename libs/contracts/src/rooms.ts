import { z } from 'zod';
import { call } from './call.js';
import { hookedPatience } from './change.js';
import { origin } from './event.js';
import { applicationId, conversationId, conversationKey, userId } from './identifiers.js';
import { membershipView } from './sessions.js';

const attendance = z.object({ sessionId: z.uuid(), applicationId, userId, conversationId });

/** A session enters a room, or is in it already: until it leaves, is closed, or the user is blocked. */
export const enterRoom = call('rooms.enter', attendance.extend({ origin }), membershipView, hookedPatience);
/** Safe to repeat. */
export const leaveRoom = call('rooms.leave', attendance, z.object({}));
/** The rooms in which a session still is: for a gateway that may have missed a notice. */
export const listRoomsOfSession = call(
  'rooms.ofSession',
  z.object({ sessionId: z.uuid() }),
  z.object({ conversationKeys: z.array(conversationKey) }),
);
