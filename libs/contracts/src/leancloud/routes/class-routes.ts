import { z } from 'zod';
import { jsonValue } from '../../json-value.js';
import { flag } from '../../text-values.js';
import { leanCloudLimits } from '../limits.js';
import { messageId } from './message-routes.js';
import { columns, finding, ofConversation, route } from './route.js';

const many = '/1.1/classes/_Conversation';
const one = `${many}/{conversationId}`;
const said = '/1.1/classes/_SysMessage';
const area = 'classes';

/** How much of an object is answered when it was written. */
const writing = z.object({
  new: flag,
  fetchWhenSave: flag,
  where: z.undefined('a condition is not served').optional(),
});

const batched = z.object({
  method: z.string().transform((method) => method.toUpperCase()),
  path: z.string().max(2_000),
  params: z.record(z.string(), jsonValue).optional(),
  body: z.record(z.string(), jsonValue).optional(),
});

const keys = z.object({ keys: z.string().max(1_000).optional() });

/** With commas between. */
function severalOf(id: z.ZodString) {
  return z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(id).max(leanCloudLimits.requestsPerBatch));
}

/** LeanCloud's storage, of what is a conversation there, and of what users have said to services. */
export const classRoutes = {
  createConversationObject: route('post', many, { area, query: writing, body: columns, status: 201 }),
  findConversationObjects: route('get', many, { area, query: finding }),
  getConversationObject: route('get', one, {
    area,
    parameters: ofConversation,
    query: keys,
  }),
  updateConversationObject: route('put', one, {
    area,
    parameters: ofConversation,
    query: writing,
    body: columns,
  }),
  deleteConversationObjects: route('delete', `${many}/{objectIds}`, {
    area,
    parameters: z.object({ objectIds: severalOf(ofConversation.shape.conversationId) }),
  }),
  findServiceMessages: route('get', said, { area, query: finding }),
  getServiceMessage: route('get', `${said}/{messageId}`, {
    area,
    parameters: z.object({ messageId }),
    query: keys,
  }),
  deleteServiceMessages: route('delete', `${said}/{objectIds}`, {
    area,
    parameters: z.object({ objectIds: severalOf(messageId) }),
  }),
  batch: route('post', '/1.1/batch', {
    access: 'application',
    body: z.object({ requests: z.array(batched).max(leanCloudLimits.requestsPerBatch) }),
  }),
} as const;
