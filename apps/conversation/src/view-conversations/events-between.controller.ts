import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import type { Actor } from '#contracts/actor.js';
import { decodeCursor, encodeCursor } from '#contracts/cursor.js';
import { HooklineError } from '#contracts/errors.js';
import { eventsBetween } from '#contracts/history.js';
import { isService } from '#domain/conversations/service.js';
import { rangeBetween } from '#domain/timeline/history-range.js';
import { Answers } from '#platform/bus/answers.js';
import { EventPlacesStore } from '../store/event-places.store.js';
import { TimelineStore } from '../store/timeline.store.js';
import { ConversationAccess } from './access.port.js';

type Question = z.output<typeof eventsBetween.question>;

/** History by bounds of time and by the ids of events. */
@Controller()
export class EventsBetweenController {
  constructor(
    private readonly access: ConversationAccess,
    private readonly places: EventPlacesStore,
    private readonly timeline: TimelineStore,
  ) {}

  /** @throws HooklineError conversation_not_found, wrong_conversation_kind, invalid_cursor */
  @Answers(eventsBetween)
  async list(question: Question): Promise<z.output<typeof eventsBetween.answer>> {
    const {
      applicationId,
      conversationId,
      viewer,
      inbox = false,
      senderId,
      types,
      order,
      limit,
      cursor,
    } = question;
    const eyes: Actor = viewer === null ? { kind: 'master' } : { kind: 'user', userId: viewer };
    const { conversationKey, kind, user } = await this.access.of(applicationId, conversationId, eyes);
    if (inbox && !isService(kind)) throw new HooklineError('wrong_conversation_kind');
    const [start, stop] = await Promise.all(
      // Of a page after the first one, the cursor says where it starts.
      [cursor === null ? question.start : null, question.stop].map((bound) =>
        this.places.of(conversationKey, bound),
      ),
    );
    const { from, to } = rangeBetween(order, start ?? null, stop ?? null);
    const [first, last] = order === 'ascending' ? [from - 1, to] : [to === null ? null : to + 1, from];
    const { events, position, isComplete } = await this.timeline.read({
      ...{ conversationKey, viewer: user, order, limit, types, inbox, senderId: senderId ?? null },
      bound: cursor === null ? first : Number(decodeCursor(cursor)),
      until: last,
    });
    return {
      events: events.map(({ event }) => event),
      nextCursor: isComplete ? null : encodeCursor(position),
    };
  }
}
