import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { findConversation, getConversation, listConversations } from '#contracts/conversations.js';
import { getEvent, listEvents } from '#contracts/history.js';
import { findGone } from '#contracts/sessions.js';
import { HooklineError } from '#contracts/errors.js';
import { seenEventOf, type TimelineEvent } from '#contracts/event.js';
import { isService } from '#domain/conversations/service.js';
import { isVisible } from '#domain/timeline/visibility.js';
import { Answers } from '#platform/bus/answers.js';
import { ConversationListsStore, type ConversationList } from '../store/conversation-lists.store.js';
import { ownUniqueKey } from '../store/conversation-row.js';
import { ConversationsStore } from '../store/conversations.store.js';
import { memberOf, StaysStore } from '../store/stays.store.js';
import { TimelineStore } from '../store/timeline.store.js';
import { ConversationAccess } from './access.port.js';
import { decodeCursor, decodePairCursor, encodeCursor } from '#contracts/cursor.js';

/** Plain reading: no use case of its own, the stores do it. */
@Controller()
export class ViewConversationsController {
  constructor(
    private readonly access: ConversationAccess,
    private readonly conversations: ConversationsStore,
    private readonly lists: ConversationListsStore,
    private readonly stays: StaysStore,
    private readonly timeline: TimelineStore,
  ) {}

  @Answers(getConversation)
  async get(
    question: z.output<typeof getConversation.question>,
  ): Promise<z.output<typeof getConversation.answer>> {
    const { applicationId, conversationId, actor } = question;
    const { conversationKey, kind, user } = await this.access.to(
      'readConversation',
      applicationId,
      conversationId,
      actor,
    );
    const conversation = await this.conversations.find(applicationId, conversationId);
    if (conversation === null) throw new HooklineError('conversation_not_found');
    if (!isService(kind)) {
      const stays = await this.stays.present(conversationKey);
      return { ...conversation, members: stays.filter(({ state }) => state === 'joined').map(memberOf) };
    }
    // Subscribers of a service are not for each other to see, nor when they write; and they are too many.
    if (user === null) return { ...conversation, members: [] };
    const last = await this.timeline.lastActivityInService(conversationKey, user.userId);
    return { ...conversation, ...(last && { lastActivityAt: last.getTime() }), members: [] };
  }

  @Answers(listConversations)
  async list(
    question: z.output<typeof listConversations.question>,
  ): Promise<z.output<typeof listConversations.answer>> {
    const { order, cursor, limit, ...filters } = question;
    const list: ConversationList = { ...filters, limit };
    if (order === 'active') {
      const before = cursor === null ? null : decodePairCursor(cursor);
      const { conversations, next } = await this.lists.byActivity(list, before);
      return { conversations, nextCursor: next === null ? null : encodeCursor(...next) };
    }
    const bound = cursor === null ? null : decodeCursor(cursor);
    const { conversations, next } = await this.lists.byCreation(list, order, bound);
    return { conversations, nextCursor: next === null ? null : encodeCursor(next) };
  }

  @Answers(findConversation)
  async find({
    applicationId,
    uniqueKey,
  }: z.output<typeof findConversation.question>): Promise<z.output<typeof findConversation.answer>> {
    return { conversation: await this.conversations.findByKey(applicationId, ownUniqueKey(uniqueKey)) };
  }

  @Answers(findGone)
  async gone({
    applicationId,
    conversationIds,
  }: z.output<typeof findGone.question>): Promise<z.output<typeof findGone.answer>> {
    const there = await this.conversations.there(applicationId, conversationIds);
    return { conversationIds: conversationIds.filter((id) => !there.has(id)) };
  }

  @Answers(listEvents)
  async events(question: z.output<typeof listEvents.question>): Promise<z.output<typeof listEvents.answer>> {
    const { applicationId, conversationId, actor, viewer, inbox = false } = question;
    const { cursor, limit, order, types } = question;
    const bound = cursor === null ? null : Number(decodeCursor(cursor));
    const asked = { applicationId, conversationId, actor };
    const { conversationKey, kind, user } = await this.access.toEvents(asked, viewer);
    if (inbox && !isService(kind)) throw new HooklineError('wrong_conversation_kind');
    const { events, position, isComplete } = await this.timeline.read({
      conversationKey,
      viewer: user,
      bound,
      order,
      limit,
      types,
      inbox,
    });
    return {
      events: events.map(({ event }) => event),
      nextCursor: isComplete ? null : encodeCursor(position),
    };
  }

  /** By id also for somebody who is listed without being a member. */
  @Answers(getEvent)
  async event(question: z.output<typeof getEvent.question>): Promise<TimelineEvent> {
    const { applicationId, conversationId, actor, eventId } = question;
    const { conversationKey, user } = await this.access.of(applicationId, conversationId, actor);
    const found = await this.timeline.find(conversationKey, eventId);
    const isOpen =
      found !== null &&
      (user === null || isVisible(seenEventOf(found.event, found.audience), user.userId, user.range));
    if (!isOpen) throw new HooklineError('event_not_found');
    return found.event;
  }
}
