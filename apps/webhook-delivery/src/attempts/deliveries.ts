import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { decodeCursor, decodeTextCursor, encodeCursor, encodeTextCursor } from '#contracts/cursor.js';
import { HooklineError } from '#contracts/errors.js';
import type { listWebhookDeliveries, WebhookDelivery } from '#contracts/webhooks/deliveries.js';
import { conversationOf } from '../enqueue/deliverable.port.js';
import { DeliveryListsStore, type ListedDelivery, type WaitingPlace } from '../store/delivery-lists.store.js';

type Question = z.output<typeof listWebhookDeliveries.question>;
type Answer = z.output<typeof listWebhookDeliveries.answer>;

@Injectable()
export class Deliveries {
  constructor(private readonly lists: DeliveryListsStore) {}

  /** @throws HooklineError invalid_cursor */
  async page(endpointId: string, { state, cursor, limit }: Question): Promise<Answer> {
    const rows = await (state === 'dead'
      ? this.lists.dead(endpointId, cursor === null ? null : String(decodeCursor(cursor)), limit + 1)
      : this.lists.pending(endpointId, cursor === null ? null : placeOf(cursor), limit + 1));
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      deliveries: page.map((row) => view(row, state)),
      nextCursor: rows.length > limit && last !== undefined ? cursorOf(last, state) : null,
    };
  }
}

function cursorOf({ lane, id }: WaitingPlace, state: Question['state']): string {
  return state === 'dead' ? encodeCursor(BigInt(id)) : encodeTextCursor(`${lane}:${id}`);
}

/** @throws HooklineError invalid_cursor */
function placeOf(cursor: string): WaitingPlace {
  const [, lane, id] = /^(-?[0-9]{1,18}):([0-9]{1,18})$/.exec(decodeTextCursor(cursor)) ?? [];
  if (lane === undefined || id === undefined) throw new HooklineError('invalid_cursor');
  return { lane, id };
}

function view(
  { eventId, type, payload, attempts, lastError, createdAt, deadAt, batch, dueAt }: ListedDelivery,
  state: Question['state'],
): WebhookDelivery {
  return {
    ...{ eventId, type, state, attempts, lastError, batchId: batch },
    conversationId: conversationOf(payload),
    dueAt: dueAt?.getTime() ?? null,
    createdAt: createdAt.getTime(),
    deadAt: deadAt?.getTime() ?? null,
  };
}
