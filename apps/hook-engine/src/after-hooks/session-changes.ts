import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { v5 as uuidv5 } from 'uuid';
import {
  applicationsAtOnce,
  confirmSessionChanges,
  takeSessionChanges,
  type SessionOccurrence,
} from '#contracts/occurrences.js';
import { Bus } from '#platform/bus/bus.js';
import type { NewJob } from '#platform/database/durable/job-table.js';
import { AfterHookJobsStore } from '../store/after-hook-jobs.store.js';
import { SessionHooksStore, type SessionHook } from '../store/session-hooks.store.js';

/** Sessions that are opened and over: one call for each hook of that name, in the order of the session. */
@Injectable()
export class SessionChanges {
  constructor(
    private readonly hooks: SessionHooksStore,
    private readonly jobs: AfterHookJobsStore,
    private readonly bus: Bus,
  ) {}

  /** @returns whether there was anything, so that there may be more */
  async takeOver(): Promise<boolean> {
    // What happens while a hook is disabled is taken as well, so that it is not told when it is enabled again.
    const byApplication = Map.groupBy(await this.hooks.all(), ({ applicationId }) => applicationId);
    const applications = [...byApplication].map(([applicationId, hooks]) => ({
      applicationId,
      since: Math.min(...hooks.map(({ toldFrom }) => toldFrom.getTime())),
    }));
    let hasTaken = false;
    for (let first = 0; first < applications.length; first += applicationsAtOnce) {
      const portion = applications.slice(first, first + applicationsAtOnce);
      const { occurrences } = await this.bus.ask(takeSessionChanges, { applications: portion });
      if (occurrences.length === 0) continue;
      await this.jobs.insert(
        occurrences.flatMap((one) => jobsOf(one, byApplication.get(one.request.applicationId) ?? [])),
      );
      await this.bus.ask(confirmSessionChanges, { numbers: occurrences.map(({ number }) => number) });
      hasTaken = true;
    }
    return hasTaken;
  }
}

function jobsOf({ request }: SessionOccurrence, hooks: readonly SessionHook[]): NewJob[] {
  const { session, timestamp } = request;
  const eventId = uuidv5(String(session.epoch), session.id);
  return hooks
    .filter(({ name, enabled, toldFrom }) => {
      return enabled && name === request.hook && toldFrom.getTime() <= timestamp;
    })
    .map(({ id }) => ({
      target: id,
      owner: request.applicationId,
      lane: laneOf(session.id),
      seq: session.epoch,
      eventId,
      payload: JSON.stringify({ request: { ...request, id: uuidv5(eventId, id) } }),
    }));
}

/** Two sessions that share a lane by chance only wait for each other. */
function laneOf(sessionId: string): string {
  return String(createHash('sha256').update(sessionId).digest().readBigInt64BE(0));
}
