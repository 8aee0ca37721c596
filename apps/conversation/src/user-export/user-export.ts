import { Injectable } from '@nestjs/common';
import type { ExportPart } from '#contracts/user-exports.js';
import { FilesStore } from '../store/files.store.js';
import { TimelineStore } from '../store/timeline.store.js';
import { UserErasuresStore } from '../store/user-erasures.store.js';
import {
  noUuid,
  rowsAtOnce,
  UserExportsStore,
  type ExportedUser,
  type Portion,
} from '../store/user-exports.store.js';
import { userOf, type UserRow } from '../store/users.store.js';

/** Conversations that one question looks through: timelines may be long, and have nothing of the user's. */
const conversationsAtOnce = 5;

/** Reads what is stored about a user. Nothing is kept between two questions: each says where it goes on. */
@Injectable()
export class UserExport {
  constructor(
    private readonly exports: UserExportsStore,
    private readonly files: FilesStore,
    private readonly erasures: UserErasuresStore,
    private readonly timeline: TimelineStore,
  ) {}

  /** @param after where the portion before has ended; empty for the first one */
  portion(row: UserRow, user: ExportedUser, part: ExportPart, after: readonly string[]): Promise<Portion> {
    if (part === 'user') return Promise.resolve(profile(row));
    if (part === 'files') return this.ownFiles(user, after);
    return part === 'events' ? this.sentEvents(user, after) : this.exports[part](user, after);
  }

  private async ownFiles(
    { applicationId, userId }: ExportedUser,
    [after = noUuid]: readonly string[],
  ): Promise<Portion> {
    const files = await this.files.ofOwner(applicationId, userId, after);
    const last = files.length < rowsAtOnce ? undefined : files.at(-1);
    return {
      records: files.map((file) => ({ type: 'file', file, contentPath: `/api/v1/files/${file.id}/content` })),
      next: last === undefined ? null : [last.id],
    };
  }

  /** What it has sent in the conversations in which it has ever been; there is no index of events by sender. */
  private async sentEvents(
    user: ExportedUser,
    [from = '0', afterSeq = '0']: readonly string[],
  ): Promise<Portion> {
    let key = BigInt(from);
    let seq = Number(afterSeq);
    for (let looked = 0; looked < conversationsAtOnce; looked += 1) {
      const next = await this.erasures.conversationFrom(user, key);
      if (next === null) return { records: [], next: null };
      if (next.key !== key) [key, seq] = [next.key, 0];
      const { events, position, isComplete } = await this.eventsIn(user, key, seq);
      [key, seq] = isComplete ? [key + 1n, 0] : [key, position];
      // A portion has something of one conversation, or nothing.
      if (events.length > 0 || !isComplete)
        return {
          records: events.map(({ event }) => ({ type: 'event', event })),
          next: [String(key), String(seq)],
        };
    }
    return { records: [], next: [String(key), String(seq)] };
  }

  private async eventsIn(
    user: ExportedUser,
    conversationKey: bigint,
    bound: number,
  ): ReturnType<TimelineStore['read']> {
    if (!(await this.exports.isThere(user, conversationKey)))
      return { events: [], position: bound, isComplete: true };
    const range = { bound, order: 'ascending', limit: rowsAtOnce } as const;
    return this.timeline.read({ conversationKey, viewer: null, senderId: user.userId, ...range });
  }
}

function profile(row: UserRow): Portion {
  const { updatedAt, tokensValidFrom } = row;
  const times = { updatedAt: updatedAt.getTime(), tokensValidFrom: tokensValidFrom?.getTime() ?? null };
  return { records: [{ type: 'user', user: userOf(row), ...times }], next: null };
}
