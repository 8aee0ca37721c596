import { Injectable } from '@nestjs/common';
import { findAbsent } from '#contracts/presence.js';
import { Bus } from '#platform/bus/bus.js';
import type { InboxEntry } from '#platform/database/durable/inbox-table.js';
import type { NewJob } from '#platform/database/durable/job-table.js';
import type { Job, JobOutcome } from '#platform/durable/job-worker.js';
import { LogProvider } from '../provider/log/log-provider.port.js';
import { NotificationsStore } from '../store/notifications.store.js';
import { changeJobFor, jobFor, readJob } from './absence-job.js';
import { missing, questionsOf, type Absent, type Question } from './absentees.js';
import { changeOf, messageOf } from './stored-message.js';

/** Conversations and listed users of one question: it has to fit into one message of NATS. */
const questionWeight = 1_000;

/** Notifies those of a message's audience who are not connected when it is taken over, unless they muted the conversation. */
@Injectable()
export class NotifyAbsent {
  constructor(
    private readonly bus: Bus,
    private readonly provider: LogProvider,
    private readonly notifications: NotificationsStore,
  ) {}

  /**
   * Jobs for those messages alone that somebody misses, and for what has become of messages since.
   *
   * @throws when conversation cannot be asked: the messages have to come again then
   */
  async expand(entries: readonly InboxEntry[]): Promise<NewJob[]> {
    const messages = entries.map(messageOf).filter((message) => message !== null);
    const absent = Map.groupBy(
      await this.absent(questionsOf(messages)),
      ({ conversationKey }) => conversationKey,
    );
    const changes = entries.map(changeOf).filter((change) => change !== null);
    return [
      ...messages.flatMap((message) => {
        const userIds = missing(message, absent.get(message.conversationKey) ?? []);
        return userIds.length === 0 ? [] : [jobFor(this.provider.name, message, userIds)];
      }),
      ...changes.map((change) => changeJobFor(this.provider.name, change)),
    ];
  }

  async run({ eventId, payload }: Job): Promise<JobOutcome> {
    const job = readJob(payload);
    if ('changedEventId' in job) {
      const { applicationId, changedEventId, body } = job;
      if (body !== null) await this.notifications.rewrite(applicationId, changedEventId, body);
      else while ((await this.notifications.forgetEvents(applicationId, [changedEventId])) > 0);
      return { kind: 'done' };
    }
    const { applicationId, conversationId, userIds, content, expiresAt = null } = job;
    if (expiresAt !== null && expiresAt <= Date.now()) return { kind: 'done' };
    await this.provider.send(
      eventId,
      userIds.map((userId) => ({ applicationId, userId, conversationId, eventId, content, expiresAt })),
    );
    return { kind: 'done' };
  }

  private async absent(questions: readonly Question[]): Promise<Absent[]> {
    const absent: Absent[] = [];
    let answered = 0;
    while (answered < questions.length) {
      const conversations = upToWeight(questions.slice(answered));
      const answer = await this.bus.ask(findAbsent, { conversations });
      absent.push(...answer.absent);
      answered += answer.answered;
    }
    return absent;
  }
}

/** The first ones that may be asked together; the very first in any case. */
function upToWeight(questions: readonly Question[]): Question[] {
  let weight = 0;
  const end = questions.findIndex(({ userIds }, place) => {
    weight += 1 + userIds.length;
    return place > 0 && weight > questionWeight;
  });
  return questions.slice(0, end === -1 ? undefined : end);
}
