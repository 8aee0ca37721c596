import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { decodeIdCursor, encodeIdCursor } from '#contracts/cursor.js';
import {
  attemptOutcome,
  type listWebhookAttempts,
  type WebhookAttempt,
} from '#contracts/webhooks/deliveries.js';
import { attemptsSeenAtOnce, AttemptsStore, type StoredAttempt } from '../store/attempts.store.js';

type Question = z.output<typeof listWebhookAttempts.question>;
type Answer = z.output<typeof listWebhookAttempts.answer>;

/** So often is looked for more, when only some are wanted. */
const mostLooks = 10;

interface Found {
  readonly ids: readonly string[];
  /** From where the next page goes on; null: there is none. */
  readonly next: string | null;
}

@Injectable()
export class Attempts {
  constructor(private readonly attempts: AttemptsStore) {}

  /** @throws HooklineError invalid_cursor */
  async page(endpointId: string, question: Question): Promise<Answer> {
    const { ids, next } = await this.find(endpointId, question);
    const attempts = await this.attempts.read(ids);
    return { attempts: attempts.map(view), nextCursor: next === null ? null : encodeIdCursor(next) };
  }

  private async find(endpointId: string, { cursor, limit, outcome, eventId }: Question): Promise<Found> {
    let before = cursor === null ? null : decodeIdCursor(cursor);
    const ids: string[] = [];
    for (let looks = 0; looks < mostLooks; looks += 1) {
      const seen = await (eventId === null
        ? this.attempts.latest(endpointId, before)
        : this.attempts.latestOf(endpointId, eventId, before));
      for (const one of seen) {
        if (outcome !== null && one.outcome !== outcome) continue;
        if (ids.length === limit) return { ids, next: ids.at(-1) ?? null };
        ids.push(one.id);
      }
      if (seen.length < attemptsSeenAtOnce) return { ids, next: null };
      before = seen.at(-1)?.id ?? null;
    }
    return { ids, next: before };
  }
}

function view({
  messageId,
  number,
  startedAt,
  outcome,
  eventIds,
  ...attempt
}: StoredAttempt): WebhookAttempt {
  return {
    ...attempt,
    webhookId: messageId,
    startedAt: startedAt.getTime(),
    outcome: attemptOutcome.parse(outcome),
    attempt: number,
    events: eventIds.length,
    eventIds: [...eventIds],
  };
}
