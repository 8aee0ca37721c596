import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import type { createWebhookReplay, Replay } from '#contracts/webhooks/replays.js';
import { fingerprintOf } from '#platform/idempotency/fingerprint.js';
import { IdempotencyConflict } from '#platform/idempotency/idempotent-requests.js';
import { EndpointsStore } from '../store/endpoints.store.js';
import { ReplaysStore } from '../store/replays.store.js';
import { AttemptLogSettings } from '../webhook-delivery.config.js';
import { replayView } from './replay-view.js';

type Question = z.output<typeof createWebhookReplay.question>;

@Injectable()
export class CreateReplay {
  constructor(
    private readonly endpoints: EndpointsStore,
    private readonly replays: ReplaysStore,
    private readonly attemptLog: AttemptLogSettings,
  ) {}

  /**
   * Whoever works on replays begins with it within a second.
   *
   * @throws HooklineError invalid_request, webhook_not_found, webhook_disabled, replay_running, idempotency_key_reused
   */
  async create({ applicationId, webhookId, request, replay }: Question): Promise<Replay> {
    const fingerprint = fingerprintOf({ webhookId: webhookId.toLowerCase(), replay });
    const once = { applicationId, request, fingerprint, retention: limits.idempotencyRetention };
    try {
      return await this.endpoints.once(once, async (transaction): Promise<Replay> => {
        // Two at once: the second one sees the first.
        const endpoint = await this.endpoints.findAlone(transaction, applicationId, webhookId);
        if (endpoint === null) throw new HooklineError('webhook_not_found');
        if (!endpoint.enabled) throw new HooklineError('webhook_disabled');
        this.checkTime(replay);
        if (await this.replays.isRunning(transaction, endpoint.id)) throw new HooklineError('replay_running');
        const { what, from, to, conversationId } = replay;
        const created = await this.replays.insert(transaction, {
          ...{ id: uuidv7(), endpointId: endpoint.id, what, conversationId },
          ...{ fromAt: new Date(from), toAt: new Date(to ?? Date.now()) },
        });
        return replayView(created);
      });
    } catch (error) {
      throw error instanceof IdempotencyConflict ? new HooklineError('idempotency_key_reused') : error;
    }
  }

  /** What was taken is known for as long as attempts are kept. */
  private checkTime({ what, from, to }: Question['replay']): void {
    const now = Date.now();
    const { days, duration } = this.attemptLog;
    if (to === null && from >= now) throw wrongFrom('must be in the past');
    if (what === 'missing' && from < now - duration) throw wrongFrom(`must be within ${String(days)} days`);
  }
}

function wrongFrom(detail: string): HooklineError {
  const errors = [{ pointer: '/from', detail }];
  return new HooklineError('invalid_request', `from ${detail}`, { errors });
}
