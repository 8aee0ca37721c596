import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { findStoredEvents, listStoredEvents } from '#contracts/history.js';
import { Answers } from '#platform/bus/answers.js';
import { TimelineStore } from '../store/timeline.store.js';
import { ConversationAccess } from './access.port.js';

/** History by places in the timeline, for protocols whose events are numbered. */
@Controller()
export class StoredEventsController {
  constructor(
    private readonly access: ConversationAccess,
    private readonly timeline: TimelineStore,
  ) {}

  /** @throws HooklineError conversation_not_found, not_a_member */
  @Answers(listStoredEvents)
  async list(
    question: z.output<typeof listStoredEvents.question>,
  ): Promise<z.output<typeof listStoredEvents.answer>> {
    const { fromSeq, toSeq, types, order, limit } = question;
    const isAscending = order === 'ascending';
    const { conversationKey, user } = await this.access.toEvents(question);
    const { events, position, isComplete } = await this.timeline.read({
      ...{ conversationKey, viewer: user, types, order, limit },
      bound: isAscending ? (fromSeq ?? 1) - 1 : toSeq === null ? null : toSeq + 1,
      until: isAscending ? toSeq : fromSeq,
    });
    return { events, nextSeq: isComplete ? null : position + (isAscending ? 1 : -1) };
  }

  /** @throws HooklineError conversation_not_found */
  @Answers(findStoredEvents)
  async find({
    seqs,
    ...where
  }: z.output<typeof findStoredEvents.question>): Promise<z.output<typeof findStoredEvents.answer>> {
    const { conversationKey } = await this.access.toEvents({ ...where, actor: { kind: 'master' } });
    return this.timeline.at(conversationKey, seqs);
  }
}
