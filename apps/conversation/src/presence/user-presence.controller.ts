import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { comparePresence, readPresence } from '#contracts/presence.js';
import { Answers } from '#platform/bus/answers.js';
import { UserPresenceStore } from '../store/user-presence.store.js';

/** What gateways ask for clients who want to know who is online. */
@Controller()
export class UserPresenceController {
  constructor(private readonly presence: UserPresenceStore) {}

  @Answers(readPresence)
  async read({
    applicationId,
    actor,
    userIds,
  }: z.output<typeof readPresence.question>): Promise<z.output<typeof readPresence.answer>> {
    const viewer = actor.kind === 'master' ? null : actor.userId;
    const seen = await this.presence.seenBy(applicationId, viewer, userIds);
    return {
      presences: seen.map(({ userId, isOnline, at }) => ({
        userId,
        status: isOnline ? 'online' : 'offline',
        timestamp: at.getTime(),
      })),
    };
  }

  @Answers(comparePresence)
  async compare({
    users,
  }: z.output<typeof comparePresence.question>): Promise<z.output<typeof comparePresence.answer>> {
    const { online, at } = await this.presence.online(users);
    return { online, timestamp: at.getTime() };
  }
}
