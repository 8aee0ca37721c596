import { Injectable } from '@nestjs/common';
import { v5 as uuidv5 } from 'uuid';
import { confirmOccurrences, takeOccurrences, type Occurrence } from '#contracts/occurrences.js';
import { concerns } from '#domain/hooks/concern.js';
import { Bus } from '#platform/bus/bus.js';
import type { NewJob } from '#platform/database/durable/job-table.js';
import { AfterHookJobsStore } from '../store/after-hook-jobs.store.js';
import { HooksStore, type StoredHook } from '../store/hooks.store.js';

/** What has happened to conversations: one call for each hook of that name, in the order of the conversation. */
@Injectable()
export class Occurrences {
  constructor(
    private readonly hooks: HooksStore,
    private readonly jobs: AfterHookJobsStore,
    private readonly bus: Bus,
  ) {}

  /** @returns whether there was anything, so that there may be more */
  async takeOver(): Promise<boolean> {
    const { occurrences } = await this.bus.ask(takeOccurrences, {});
    if (occurrences.length === 0) return false;
    await this.jobs.insert(await this.expand(occurrences));
    await this.bus.ask(confirmOccurrences, { numbers: occurrences.map(({ number }) => number) });
    return true;
  }

  private async expand(occurrences: readonly Occurrence[]): Promise<NewJob[]> {
    const byName = Map.groupBy(occurrences, ({ request }) => request.hook);
    const hooks: StoredHook[] = [];
    for (const [name, those] of byName) {
      const applicationIds = [...new Set(those.map(({ request }) => request.applicationId))];
      hooks.push(...(await this.hooks.enabledOf(applicationIds, name)));
    }
    return occurrences.flatMap(({ number, id, lane, request }) =>
      hooks
        .filter(
          (hook) =>
            hook.applicationId === request.applicationId &&
            hook.name === request.hook &&
            concerns(hook, request.conversation),
        )
        .map((hook) => ({
          target: hook.id,
          owner: hook.applicationId,
          lane,
          seq: number,
          eventId: id,
          payload: JSON.stringify({ request: { ...request, id: uuidv5(id, hook.id) } }),
        })),
    );
  }
}
