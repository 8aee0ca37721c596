import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { deleteBroadcast } from '#contracts/broadcasts.js';
import { HooklineError } from '#contracts/errors.js';
import { BroadcastsStore } from '../store/broadcasts.store.js';
import { MessagesStore } from '../store/messages.store.js';
import type { AskedOnce } from '../store/once-per-key.js';
import { BroadcastChanges } from './broadcast-changes.js';

/** Takes a broadcast back from those who have not got it; the others keep it, and are told nothing. */
@Injectable()
export class DeleteBroadcast {
  constructor(
    private readonly changes: BroadcastChanges,
    private readonly broadcasts: BroadcastsStore,
    private readonly messages: MessagesStore,
  ) {}

  /** @throws HooklineError broadcast_not_found, idempotency_key_reused */
  async delete(question: z.output<typeof deleteBroadcast.question>): Promise<object> {
    const { applicationId, eventId, request } = question;
    const asked: AskedOnce = { applicationId, request, content: { deleteBroadcast: eventId } };
    const before = await this.changes.answered<object>(asked);
    if (before !== null) return before;
    const there = await this.broadcasts.find(applicationId, eventId);
    if (there === null) throw new HooklineError('broadcast_not_found');
    const service = await this.changes.service(applicationId, there.conversationId);
    return this.changes.run(service, asked, async (transaction) => {
      const found = await this.broadcasts.find(applicationId, eventId, transaction);
      if (found === null) throw new HooklineError('broadcast_not_found');
      await this.broadcasts.delete(transaction, service.key, found.seq);
      await this.messages.remove(transaction, service.key, found.seq);
      return {};
    });
  }
}
