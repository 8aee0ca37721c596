import { z } from 'zod';
import { legacy, route } from './route.js';

const ofSession = z.object({ sessionId: z.uuid() });

export const sessionRoutes = {
  /** The session goes on under the token that the request comes with. */
  renewSession: route('put', '/sessions/{sessionId}', { versions: legacy, parameters: ofSession }),
  endSession: route('delete', '/sessions/{sessionId}', { parameters: ofSession }),
  touchSession: route('post', '/sessions/{sessionId}/touch', { parameters: ofSession }),
} as const;
