import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { decodeIdCursor, encodeIdCursor } from '#contracts/cursor.js';
import { HooklineError } from '#contracts/errors.js';
import {
  cancelWebhookReplay,
  createWebhookReplay,
  getWebhookReplay,
  listWebhookReplays,
  replayWebhookEvent,
} from '#contracts/webhooks/replays.js';
import { Answers } from '#platform/bus/answers.js';
import { EndpointsStore } from '../store/endpoints.store.js';
import { ReplaysStore } from '../store/replays.store.js';
import { CreateReplay } from './create-replay.js';
import { ReplayEvent } from './replay-event.js';
import { replayView } from './replay-view.js';

/** What webhooks get once more. */
@Controller()
export class ReplaysController {
  constructor(
    private readonly endpoints: EndpointsStore,
    private readonly replays: ReplaysStore,
    private readonly createReplay: CreateReplay,
    private readonly replayEvent: ReplayEvent,
  ) {}

  @Answers(replayWebhookEvent)
  event(
    question: z.output<typeof replayWebhookEvent.question>,
  ): Promise<z.output<typeof replayWebhookEvent.answer>> {
    return this.replayEvent.replay(question);
  }

  @Answers(createWebhookReplay)
  create(
    question: z.output<typeof createWebhookReplay.question>,
  ): Promise<z.output<typeof createWebhookReplay.answer>> {
    return this.createReplay.create(question);
  }

  @Answers(listWebhookReplays)
  async list({
    applicationId,
    webhookId,
    cursor,
    limit,
  }: z.output<typeof listWebhookReplays.question>): Promise<z.output<typeof listWebhookReplays.answer>> {
    const endpointId = await this.endpointOf(applicationId, webhookId);
    const before = cursor === null ? null : decodeIdCursor(cursor);
    const rows = await this.replays.list(endpointId, before, limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      replays: page.map(replayView),
      nextCursor: rows.length > limit && last ? encodeIdCursor(last.id) : null,
    };
  }

  @Answers(getWebhookReplay)
  async get({
    applicationId,
    webhookId,
    replayId,
  }: z.output<typeof getWebhookReplay.question>): Promise<z.output<typeof getWebhookReplay.answer>> {
    const found = await this.replays.find(await this.endpointOf(applicationId, webhookId), replayId);
    if (found === null) throw new HooklineError('replay_not_found');
    return replayView(found);
  }

  /** One that has ended stays as it is. */
  @Answers(cancelWebhookReplay)
  async cancel({
    applicationId,
    webhookId,
    replayId,
  }: z.output<typeof cancelWebhookReplay.question>): Promise<z.output<typeof cancelWebhookReplay.answer>> {
    const endpointId = await this.endpointOf(applicationId, webhookId);
    if ((await this.replays.find(endpointId, replayId)) === null) throw new HooklineError('replay_not_found');
    await this.replays.cancel(endpointId, replayId);
    return {};
  }

  private async endpointOf(applicationId: string, webhookId: string): Promise<string> {
    const endpoint = await this.endpoints.findOf(applicationId, webhookId);
    if (endpoint === null) throw new HooklineError('webhook_not_found');
    return endpoint.id;
  }
}
