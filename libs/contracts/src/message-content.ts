import { z } from 'zod';
import { userId } from './identifiers.js';
import { jsonBytes, jsonValue } from './json-value.js';
import { limits } from './limits.js';

/** A message's content. Text and JSON are kept as the compact JSON text of the value; binary travels as base64. */
export const messageContent = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('text'), text: z.string().min(1).meta({ example: 'Holy crap!' }) }),
    z.strictObject({ type: z.literal('json'), json: jsonValue }),
    z.strictObject({
      type: z.literal('binary'),
      data: z.base64().min(1).meta({ description: 'Base64 of the bytes.' }),
    }),
  ])
  .meta({ id: 'MessageContent', 'x-maximum-bytes': limits.messageBytes });
export type MessageContent = z.infer<typeof messageContent>;

/** Seed 000: letters, digits, '-' and '_', at most 100 characters. */
export const customEventName = z
  .string()
  .min(1)
  .max(limits.customEventNameLength)
  .regex(/^[A-Za-z0-9_-]+$/, "may contain letters, digits, '-' and '_'")
  .meta({ id: 'CustomEventName', example: 'my_custom_event' });

/** What a custom event carries. */
export const customEventData = jsonValue.meta({ 'x-maximum-bytes': limits.customEventDataBytes });

/** What takes the place of a message's content when it was recalled: the content itself is gone. */
const recalledContent = z.object({ type: z.literal('recalled') });

/** A message's content as it is shown. */
export const shownContent = z
  .discriminatedUnion('type', [...messageContent.options, recalledContent])
  .meta({ id: 'ShownContent' });
export type ShownContent = z.infer<typeof shownContent>;

/** Whom a message names, so that clients and push can treat them apart. */
export const mentions = z
  .strictObject({
    userIds: z.array(userId).max(limits.mentionsPerMessage).default([]),
    everyone: z.boolean().default(false),
  })
  .meta({ id: 'Mentions' });
export type Mentions = z.infer<typeof mentions>;

/** How long a message may be seen after it was stored, in seconds. */
export const expiresIn = z
  .int()
  .min(1)
  .max(limits.messageLifetimeMaximumSeconds)
  .meta({ description: 'Seconds after which nobody sees the message any more; absent: it stays.' });

/** Bytes that count against the limits: the UTF-8 of the compact JSON text, or the bytes of binary content. */
export function contentBytes(content: MessageContent): number {
  switch (content.type) {
    case 'text':
      return jsonBytes(content.text);
    case 'json':
      return jsonBytes(content.json);
    case 'binary':
      return Math.floor((content.data.length * 3) / 4) - (/=+$/.exec(content.data)?.[0].length ?? 0);
  }
}
