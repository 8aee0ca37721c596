import { z } from 'zod';
import { conversationId, userId } from '../identifiers.js';
import type { ShownContent } from '../message-content.js';
import { leanCloudContentOf } from './content.js';
import { messageIdOf } from './message-id.js';

/** Another object, in LeanCloud's JSON. */
const pointer = z.object({
  __type: z.literal('Pointer'),
  className: z.literal('_Conversation'),
  objectId: conversationId,
});

/** A point in time, in LeanCloud's JSON: ISO 8601 with milliseconds. */
const date = z.object({ __type: z.literal('Date'), iso: z.iso.datetime({ precision: 3 }) });

export function conversationPointer(id: string): z.infer<typeof pointer> {
  return { __type: 'Pointer', className: '_Conversation', objectId: id };
}

/** @param at ms since the epoch */
export function leanCloudDate(at: number): z.infer<typeof date> {
  return { __type: 'Date', iso: new Date(at).toISOString() };
}

/** A message to a service, as rows are made from it. */
export interface ServiceMessage {
  readonly conversationId: string;
  readonly eventId: string;
  readonly senderId: string;
  readonly content: ShownContent;
  /** ms since the epoch */
  readonly timestamp: number;
}

/** A message to a service, as LeanCloud's web hooks get it. */
export const serviceWebhookRow = z
  .object({
    fromIp: z.string().nullable().meta({ description: "The client's address; null: none is known." }),
    conv: pointer,
    msgId: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
    from: userId,
    bin: z.boolean(),
    data: z.string().meta({ description: 'Base64 of the bytes when `bin` is true.' }),
    createdAt: date,
    updatedAt: date,
    noPersist: z.literal(true).optional().meta({ description: 'Of a transient message: it is not stored.' }),
  })
  .meta({ id: 'ServiceMessageRow' });
export type ServiceWebhookRow = z.infer<typeof serviceWebhookRow>;

/** Columns that `_SysMessage` and the web hook's rows have alike. */
export function serviceMessageColumns(
  message: ServiceMessage,
): Pick<ServiceWebhookRow, 'conv' | 'msgId' | 'from' | 'bin' | 'data'> {
  const { bin, content: data } = leanCloudContentOf(message.content);
  return {
    conv: conversationPointer(message.conversationId),
    msgId: messageIdOf(message.eventId),
    from: message.senderId,
    bin,
    data,
  };
}

export function serviceWebhookRowOf(
  message: ServiceMessage,
  { address, isTransient }: { readonly address: string | null; readonly isTransient: boolean },
): ServiceWebhookRow {
  const at = leanCloudDate(message.timestamp);
  return {
    fromIp: address,
    ...serviceMessageColumns(message),
    createdAt: at,
    updatedAt: at,
    ...(isTransient && { noPersist: true as const }),
  };
}
