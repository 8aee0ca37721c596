import { Injectable } from '@nestjs/common';
import { splitByPresence } from '#contracts/conversation.js';
import { HooklineError } from '#contracts/errors.js';
import { Bus } from '#platform/bus/bus.js';
import type { Job, JobOutcome } from '#platform/durable/job-worker.js';
import { LogProvider } from '../provider/log/log-provider.port.js';
import { readAbsenceJob, type AbsenceJob } from './absence-job.js';

/** Notifies those of a message's audience who are not connected when its turn comes, unless they muted the conversation. */
@Injectable()
export class NotifyAbsent {
  constructor(
    private readonly bus: Bus,
    private readonly provider: LogProvider,
  ) {}

  /** Jobs are made for this target. */
  get target(): string {
    return this.provider.name;
  }

  async run({ eventId, seq, payload }: Job): Promise<JobOutcome> {
    const job = readAbsenceJob(payload);
    const absent = await this.absent(job, seq);
    if (absent === null) return { kind: 'retry', error: 'presence_unavailable' };
    if (absent.length === 0) return { kind: 'done' };
    const { applicationId, conversationId, content } = job;
    await this.provider.send(
      eventId,
      absent.map((userId) => ({ applicationId, userId, conversationId, eventId, content })),
    );
    return { kind: 'done' };
  }

  /** @returns null when nobody can tell at the moment */
  private async absent(job: AbsenceJob, seq: number): Promise<string[] | null> {
    const { applicationId, conversationKey, audience, senderId } = job;
    try {
      const { offline } = await this.bus.ask(splitByPresence, {
        applicationId,
        conversationKey,
        seq,
        userIds: audience,
        exclude: [senderId],
      });
      return offline.filter(({ muted }) => !muted).map(({ userId }) => userId);
    } catch (error) {
      if (error instanceof HooklineError) return null;
      throw error;
    }
  }
}
