import { z } from 'zod';
import { attributes, jsonValue } from '../../json-value.js';
import { printableText, storableText } from '../../identifiers.js';
import { integer } from '../../text-values.js';
import { displayUrl } from '../../url.js';
import { vonageEventMask } from '../event-mask.js';
import { vonageLimits } from '../limits.js';
import { ofConversation, optional, page, route, upperCase } from './route.js';

const properties = z.object({
  ttl: optional(z.int().min(0)),
  type: optional(printableText(200)),
  custom_sort_key: optional(printableText(200)),
  custom_data: optional(attributes),
});

/** Where the events of a conversation are sent. Of its `params` those are kept that the vendor names. */
const callback = z.object({
  url: displayUrl,
  event_mask: optional(vonageEventMask),
  method: optional(
    upperCase(['POST', 'GET']).refine((method) => method === 'POST', 'GET is not served: events are POSTed'),
  ),
  params: optional(
    z.object({ applicationId: z.string().max(100).optional(), ncco_url: z.string().max(2_048).optional() }),
  ),
});

export const conversationBody = z.object({
  name: optional(printableText(vonageLimits.nameLength)),
  display_name: optional(printableText(vonageLimits.displayNameLength)),
  image_url: optional(storableText(vonageLimits.imageUrlLength)),
  properties: optional(properties),
  numbers: optional(z.array(jsonValue).max(10)),
  /** Null: none from now on. */
  callback: callback.nullish(),
});
export type ConversationBody = z.output<typeof conversationBody>;

export const conversationRoutes = {
  createConversation: route('post', '/conversations', { body: conversationBody }),
  listConversations: route('get', '/conversations', {
    access: 'server',
    query: z.object({
      ...page,
      name: z.string().optional(),
      record_index: integer(0, Number.MAX_SAFE_INTEGER)
        .refine((index) => index === 0, 'is not served: _links.next leads on')
        .optional(),
      date_start: z.iso.datetime({ offset: true }).optional(),
      date_end: z.iso.datetime({ offset: true }).optional(),
    }),
  }),
  getConversation: route('get', '/conversations/{conversationId}', { parameters: ofConversation }),
  /** Of PUT as of PATCH: what is not named stays. */
  updateConversation: route(['put', 'patch'], '/conversations/{conversationId}', {
    parameters: ofConversation,
    body: conversationBody.extend({ state: optional(upperCase(['ACTIVE', 'INACTIVE'])) }),
  }),
  deleteConversation: route('delete', '/conversations/{conversationId}', {
    parameters: ofConversation,
  }),
} as const;
