import { Injectable } from '@nestjs/common';
import { findGone } from '#contracts/sessions.js';
import { Bus } from '#platform/bus/bus.js';
import { CallbacksStore, type KeptCallback } from '../store/callbacks.store.js';

/** Callbacks looked at in one go: as many as one question takes. */
const atOnce = 200;
/** What a conversation has said last, and what makes it, may take so long (ms) on its way. */
const patience = 30_000;

/** Callbacks of conversations that are gone, or never came, go as well: as soon as they have got what they were to get. */
@Injectable()
export class EndedCallbacks {
  private after: string | null = null;
  /** When it was first seen (ms of running time) that its conversation is not there. */
  private readonly gone = new Map<string, number>();

  constructor(
    private readonly callbacks: CallbacksStore,
    private readonly bus: Bus,
  ) {}

  /** Looks at the next ones; at the end it begins anew. */
  async sweep(): Promise<void> {
    const page = await this.callbacks.page(this.after, atOnce);
    this.after = page.length < atOnce ? null : (page.at(-1)?.id ?? null);
    const byApplication = Map.groupBy(page, ({ applicationId }) => applicationId);
    for (const [applicationId, callbacks] of byApplication) await this.look(applicationId, callbacks);
    const due = page.filter(({ id }) => performance.now() - (this.gone.get(id) ?? Infinity) >= patience);
    if (due.length === 0) return;
    await this.callbacks.removeDone(due.map(({ id }) => id));
    // Who waits for something still is looked at again.
    for (const { id } of due) this.gone.delete(id);
  }

  private async look(applicationId: string, callbacks: readonly KeptCallback[]): Promise<void> {
    const { conversationIds } = await this.bus.ask(findGone, {
      applicationId,
      conversationIds: callbacks.map(({ conversationId }) => conversationId),
    });
    for (const { id, conversationId } of callbacks)
      if (!conversationIds.includes(conversationId)) this.gone.delete(id);
      else if (!this.gone.has(id)) this.gone.set(id, performance.now());
  }
}
