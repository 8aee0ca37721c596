import { z } from 'zod';
import { printableText, storableText, userId } from '../../identifiers.js';
import { attributes } from '../../json-value.js';
import { flag } from '../../text-values.js';
import { vonageLimits } from '../limits.js';
import { optional, page, reference, route, upperCase } from './route.js';

const ofUser = z.object({ userId: reference });

export const userBody = z.object({
  name: optional(userId),
  display_name: optional(printableText(70)),
  image_url: optional(storableText(vonageLimits.imageUrlLength)),
  channels: optional(attributes),
  properties: optional(
    z.object({
      ttl: optional(z.int().min(0)),
      type: optional(storableText(200)),
      custom_data: optional(attributes),
    }),
  ),
});
export type UserBody = z.output<typeof userBody>;

export const userRoutes = {
  createUser: route('post', '/users', { access: 'server', body: userBody }),
  listUsers: route('get', '/users', {
    access: 'server',
    query: z.object({ ...page, name: z.string().optional() }),
  }),
  getUser: route('get', '/users/{userId}', { parameters: ofUser }),
  updateUser: route(['put', 'patch'], '/users/{userId}', { parameters: ofUser, body: userBody }),
  deleteUser: route('delete', '/users/{userId}', { access: 'server', parameters: ofUser }),
  listUserConversations: route('get', '/users/{userId}/conversations', {
    parameters: ofUser,
    query: z.object({
      ...page,
      state: upperCase(['INVITED', 'JOINED', 'LEFT']).optional(),
      date_start: z.iso.datetime({ offset: true }).optional(),
      order_by: z.string().max(50).optional(),
      include_custom_data: flag,
    }),
  }),
  listUserSessions: route('get', '/users/{userId}/sessions', {
    parameters: ofUser,
    query: z.object(page),
  }),
} as const;
