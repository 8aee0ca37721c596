import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { decideNotification } from '#contracts/absence.js';
import { findAbsent, findAbsentFromBroadcast, splitByPresence } from '#contracts/presence.js';
import { Answers } from '#platform/bus/answers.js';
import { BroadcastAbsenteesStore } from '../store/broadcast-absentees.store.js';
import { PresenceStore } from '../store/presence.store.js';
import { ReceiversOffline } from './receivers-offline.js';

/** Rows of one answer: about a megabyte. One conversation is answered whole, however many it has. */
const answerRows = 10_000;

/** What consumers of stored events ask: which of an event's recipients are connected. */
@Controller()
export class PresenceController {
  constructor(
    private readonly presence: PresenceStore,
    private readonly receiversOffline: ReceiversOffline,
    private readonly broadcasts: BroadcastAbsenteesStore,
  ) {}

  @Answers(splitByPresence)
  async split(
    question: z.output<typeof splitByPresence.question>,
  ): Promise<z.output<typeof splitByPresence.answer>> {
    const { applicationId, conversationKey, seq, userIds, exclude } = question;
    const present = await this.presence.among(applicationId, BigInt(conversationKey), seq, userIds);
    const asked = present.filter(({ userId }) => !exclude.includes(userId));
    return {
      online: asked.filter(({ isOnline }) => isOnline).map(({ userId }) => userId),
      offline: asked.filter(({ isOnline }) => !isOnline).map(({ userId, muted }) => ({ userId, muted })),
    };
  }

  @Answers(findAbsent)
  async absent({
    conversations,
  }: z.output<typeof findAbsent.question>): Promise<z.output<typeof findAbsent.answer>> {
    const hooked = await this.receiversOffline.among(conversations);
    const audiences = conversations.map((one) => ({ ...one, withMuted: hooked.has(one.applicationId) }));
    const rows = (await this.presence.absent(audiences)).map(({ joinedSeq, ...user }) => ({
      ...user,
      joinedSeq: joinedSeq === null ? null : Number(joinedSeq),
    }));
    const byConversation = Map.groupBy(rows, ({ conversationKey }) => conversationKey);
    const absent: typeof rows = [];
    let answered = 0;
    for (const { conversationKey } of conversations) {
      const users = byConversation.get(conversationKey) ?? [];
      if (answered > 0 && absent.length + users.length > answerRows) break;
      absent.push(...users);
      answered += 1;
    }
    const toAsk = conversations.slice(0, answered).filter(({ applicationId }) => hooked.has(applicationId));
    return { absent, answered, hooked: toAsk.map(({ conversationKey }) => conversationKey) };
  }

  @Answers(findAbsentFromBroadcast)
  absentFromBroadcast({
    applicationId,
    eventId,
    after,
    limit,
  }: z.output<typeof findAbsentFromBroadcast.question>): Promise<
    z.output<typeof findAbsentFromBroadcast.answer>
  > {
    return this.broadcasts.after(applicationId, eventId, after, limit);
  }

  @Answers(decideNotification)
  decide(
    question: z.output<typeof decideNotification.question>,
  ): Promise<z.output<typeof decideNotification.answer>> {
    return this.receiversOffline.decide(question);
  }
}
