import { Injectable } from '@nestjs/common';
import { v5 as uuidv5 } from 'uuid';
import { decideNotification } from '#contracts/absence.js';
import { HooklineError } from '#contracts/errors.js';
import { findAbsent } from '#contracts/presence.js';
import { Bus } from '#platform/bus/bus.js';
import type { InboxEntry } from '#platform/database/durable/inbox-table.js';
import type { NewJob } from '#platform/database/durable/job-table.js';
import type { Job, JobOutcome } from '#platform/durable/job-worker.js';
import { Log } from '#platform/log.js';
import { LogProvider } from '../provider/log/log-provider.port.js';
import { NotificationsStore } from '../store/notifications.store.js';
import {
  changeJobFor,
  hookedJobFor,
  jobFor,
  readJob,
  walkJobFor,
  type AbsenceJob,
  type HookedJob,
} from './absence-job.js';
import { missing, questionsOf, type Absent, type Question } from './absentees.js';
import { contentOf } from './preview.port.js';
import { NotifyAll } from './notify-all.js';
import { broadcastOf, changeOf, messageOf, type StoredMessage } from './stored-message.js';

/** Conversations and listed users of one question: it has to fit into one message of NATS. */
const questionWeight = 1_000;
/** How long (ms) a notification waits when hooks cannot be asked, because one of our own apps is away. */
const hooksInterval = 2_000;

/**
 * Notifies those of a message's audience who are not connected when it is taken over, unless they muted the conversation.
 * Where the application has `receiversOffline` hooks, these decide just before.
 */
@Injectable()
export class NotifyAbsent {
  constructor(
    private readonly bus: Bus,
    private readonly provider: LogProvider,
    private readonly notifications: NotificationsStore,
    private readonly all: NotifyAll,
    private readonly log: Log,
  ) {}

  /**
   * Jobs for those messages alone that somebody misses, and for what has become of messages since.
   *
   * @throws when conversation cannot be asked: the messages have to come again then
   */
  async expand(entries: readonly InboxEntry[]): Promise<NewJob[]> {
    const messages = entries.map(messageOf).filter((message) => message !== null);
    const { absent, hooked } = await this.absent(questionsOf(messages));
    const changes = entries.map(changeOf).filter((change) => change !== null);
    const broadcasts = entries.map(broadcastOf).filter((broadcast) => broadcast !== null);
    return [
      ...broadcasts.map((broadcast) => walkJobFor(this.provider.name, broadcast)),
      ...messages.flatMap((message) => this.jobsFor(message, absent, hooked)),
      ...changes.map((change) => changeJobFor(this.provider.name, change)),
    ];
  }

  async run({ eventId, payload }: Job): Promise<JobOutcome> {
    const job = readJob(payload);
    if ('kind' in job) return this.all.run(eventId, job);
    if ('changedEventId' in job) {
      const { applicationId, changedEventId, body } = job;
      if (body !== null) await this.notifications.rewrite(applicationId, changedEventId, body);
      else while ((await this.notifications.forgetEvents(applicationId, [changedEventId])) > 0);
      return { kind: 'done' };
    }
    if ('mutedUserIds' in job) return this.askHooks(eventId, job);
    await this.send(eventId, job);
    return { kind: 'done' };
  }

  private jobsFor(
    message: StoredMessage,
    absent: ReadonlyMap<string, readonly Absent[]>,
    hooked: ReadonlySet<string>,
  ): NewJob[] {
    const { conversationKey, conversationKind } = message;
    const absentees = missing(message, absent.get(conversationKey) ?? []);
    const { userIds, mutedUserIds } = absentees;
    if (hooked.has(conversationKey) && conversationKind !== 'room')
      return userIds.length + mutedUserIds.length === 0
        ? []
        : [hookedJobFor(this.provider.name, message, absentees)];
    return userIds.length === 0 ? [] : [jobFor(this.provider.name, message, userIds)];
  }

  /** The question has the same id however often the job is run. */
  private async askHooks(eventId: string, job: HookedJob): Promise<JobOutcome> {
    const { applicationId, conversationId, conversationKind, origin, userIds, mutedUserIds } = job;
    try {
      const decision = await this.bus.ask(decideNotification, {
        commandId: uuidv5('receiversOffline', eventId),
        ...{ applicationId, conversationId, eventId, origin, userIds, mutedUserIds },
      });
      if (decision === null) return { kind: 'done' };
      const { event, push: decided } = decision;
      const push = decided ?? job.push;
      const { expiresAt } = event;
      const content = { ...contentOf(conversationKind, event), ...(push && { push }) };
      await this.send(eventId, {
        applicationId,
        conversationId,
        userIds: decision.userIds,
        content,
        expiresAt,
      });
      return { kind: 'done' };
    } catch (error) {
      if (!(error instanceof HooklineError)) throw error;
      const { code, retryable } = error.toWire();
      if (code === 'application_not_found') return { kind: 'done' };
      if (code === 'hook_failed') {
        this.log.warn({ eventId, applicationId, reason: error.detail }, 'nobody is notified of a message');
        return { kind: 'done' };
      }
      if (!retryable) throw error;
      // Our own fault: it uses up no attempt.
      return { kind: 'postponed', error: code, delay: hooksInterval };
    }
  }

  private async send(
    eventId: string,
    { applicationId, conversationId, userIds, content, expiresAt: expiry }: AbsenceJob,
  ): Promise<void> {
    const expiresAt = expiry ?? null;
    if (expiresAt !== null && expiresAt <= Date.now()) return;
    await this.provider.send(
      eventId,
      userIds.map((userId) => ({ applicationId, userId, conversationId, eventId, content, expiresAt })),
    );
  }

  private async absent(
    questions: readonly Question[],
  ): Promise<{ absent: Map<string, Absent[]>; hooked: Set<string> }> {
    const absent: Absent[] = [];
    const hooked = new Set<string>();
    let answered = 0;
    while (answered < questions.length) {
      const conversations = upToWeight(questions.slice(answered));
      const answer = await this.bus.ask(findAbsent, { conversations });
      absent.push(...answer.absent);
      for (const conversationKey of answer.hooked) hooked.add(conversationKey);
      answered += answer.answered;
    }
    return { absent: Map.groupBy(absent, ({ conversationKey }) => conversationKey), hooked };
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
