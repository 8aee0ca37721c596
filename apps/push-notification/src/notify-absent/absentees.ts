import type { z } from 'zod';
import type { findAbsent } from '#contracts/presence.js';
import type { StoredMessage } from './stored-message.js';

export type Question = z.output<typeof findAbsent.question>['conversations'][number];
export type Absent = z.output<typeof findAbsent.answer>['absent'][number];

export interface Absentees {
  readonly userIds: readonly string[];
  readonly mutedUserIds: readonly string[];
}

/** What has to be asked to know who misses these messages: each conversation's members once, each listed user once. */
export function questionsOf(messages: readonly StoredMessage[]): Question[] {
  const questions: Question[] = [];
  for (const [conversationKey, some] of Map.groupBy(messages, (message) => message.conversationKey)) {
    const [applicationId] = some.map((message) => message.applicationId);
    if (applicationId === undefined) continue;
    const withMembers = some.some(({ userIds }) => userIds === null);
    const userIds = [...new Set(some.flatMap((message) => message.userIds ?? []))];
    if (withMembers || userIds.length > 0)
      questions.push({ applicationId, conversationKey, withMembers, userIds });
  }
  return questions;
}

/** Who misses a message, of those who are absent from its conversation; those who muted it apart. */
export function missing({ userIds, event }: StoredMessage, absent: readonly Absent[]): Absentees {
  const listed = userIds === null ? null : new Set(userIds);
  const missed = absent.filter(
    ({ userId, joinedSeq }) =>
      userId !== event.senderId &&
      (listed === null ? joinedSeq !== null && joinedSeq <= event.seq : listed.has(userId)),
  );
  const { muted = [], open = [] } = Object.groupBy(missed, (one) => (one.muted ? 'muted' : 'open'));
  return { userIds: open.map(({ userId }) => userId), mutedUserIds: muted.map(({ userId }) => userId) };
}
