import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { splitByPresence } from '#contracts/conversation.js';
import { Answers } from '#platform/bus/answers.js';
import { PresenceStore } from '../store/presence.store.js';

/** What consumers of stored events ask: which of an event's recipients are connected. */
@Controller()
export class PresenceController {
  constructor(private readonly presence: PresenceStore) {}

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
}
