import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { z } from 'zod';
import { forgetHookRuns } from '#contracts/erasure.js';
import { HooklineError } from '#contracts/errors.js';
import { isService } from '#domain/conversations/service.js';
import type { Origin } from '#contracts/event.js';
import { forgetNotifications } from '#contracts/push.js';
import { Bus } from '#platform/bus/bus.js';
import { Periodic } from '#platform/durable/periodic.js';
import type { Transaction } from '#platform/database/database.js';
import { Log } from '#platform/log.js';
import type { LiveEvent } from '#contracts/sessions.js';
import type { Appended } from '../store/append.store.js';
import { bodyOfJson } from '../store/event-row.js';
import { UserErasuresStore, type Erasure } from '../store/user-erasures.store.js';
import { UserTracesStore } from '../store/user-traces.store.js';
import { TimelineChanges, type ChangingConversation } from '../timeline-changes/timeline-changes.port.js';

const interval = 1_000;
/** Of what nobody has asked for just now. */
const ownOrigin: Origin = { address: null, dialect: 'native' };
/** Events that one statement looks at. */
const eventsAtOnce = 500n;

/**
 * Takes deleted users out of everything that is stored, in portions: they leave their conversations, a pseudonym takes the
 * place of their id. Written down as it proceeds; what a replica that died has begun another one repeats and ends
 * (docs/adr/0018-deleted-users.md).
 */
@Injectable()
export class UserErasure implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly periodic: Periodic;
  private stopping = false;

  constructor(
    private readonly erasures: UserErasuresStore,
    private readonly traces: UserTracesStore,
    private readonly changes: TimelineChanges,
    private readonly bus: Bus,
    private readonly log: Log,
  ) {
    this.periodic = new Periodic('deleted users', interval, () => this.eraseAll(), log);
  }

  onApplicationBootstrap(): void {
    this.periodic.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.periodic.stop();
  }

  private async eraseAll(): Promise<void> {
    while (!this.stopping) {
      const erasure = await this.erasures.claim();
      if (erasure === null) return;
      await this.erase(erasure);
    }
  }

  private async erase(erasure: Erasure): Promise<void> {
    const { applicationId, pseudonym } = erasure;
    await this.leaveAll(erasure);
    await this.renameInConversations(erasure);
    const steps = [
      () => this.traces.renameMentions(erasure),
      () => this.traces.renameCreator(erasure),
      () => this.traces.renameRecipients(erasure),
      () => this.traces.forgetRequests(erasure),
      () => this.traces.forgetBlocks(erasure),
      () => this.traces.renameFiles(erasure),
      () => this.traces.renameSessions(erasure),
      () => this.traces.forgetTokens(erasure),
      // The last ones: by them the conversations were found.
      () => this.traces.forgetVisits(erasure),
      () => this.traces.renameStays(erasure),
    ];
    for (const step of steps) while (!this.stopping && (await step()) > 0);
    await this.traces.renameOccurrences(erasure);
    await this.forgetNotifications(applicationId, { userId: erasure.userId });
    await this.forgetHookRuns(erasure);
    // What is not done by then is done by whoever takes it on next.
    if (this.stopping) return;
    await this.erasures.settle(erasure);
    this.log.info({ applicationId, pseudonym }, 'a deleted user was taken out of what is stored');
  }

  private async leaveAll(erasure: Erasure): Promise<void> {
    while (!this.stopping && (await this.leaveOne(erasure)));
  }

  /** @returns whether there was one to leave */
  private async leaveOne(erasure: Erasure): Promise<boolean> {
    const { applicationId, userId } = erasure;
    const stay = await this.erasures.presentStay(erasure);
    if (stay === null) return false;
    const { id, conversationId, role, state } = stay;
    const event = await this.changes.transaction(async (transaction) => {
      const conversation = await this.locked(transaction, applicationId, conversationId);
      if (conversation === null) {
        await this.erasures.endStay(transaction, id, null);
        return null;
      }
      const said = await this.sayLeft(transaction, conversation, { id, userId, role });
      // Another replica, or the user itself, was faster: then it is said already, and this is undone.
      if (!(await this.erasures.endStay(transaction, id, said.appended)))
        throw new Error('A stay of a deleted user has ended meanwhile');
      const removed = { hook: 'conversationRemoved', initiatorId: null, members: [userId] } as const;
      if (state === 'joined') await this.changes.occurred(transaction, conversation, removed);
      return said.event;
    });
    if (event !== null) this.changes.tell([event]);
    return true;
  }

  private async sayLeft(
    transaction: Transaction,
    conversation: ChangingConversation,
    member: { readonly id: string; readonly userId: string; readonly role: string },
  ): Promise<{ event: LiveEvent | null; appended: Appended }> {
    if (isService(conversation.kind)) {
      await this.erasures.endSubscription(transaction, conversation.key);
      return { event: null, appended: await this.changes.end(transaction, conversation) };
    }
    const body = bodyOfJson('member.left', [member]);
    return this.changes.append(transaction, conversation, { origin: ownOrigin, senderId: null, body });
  }

  /** Null: the conversation is gone. */
  private async locked(
    transaction: Transaction,
    applicationId: string,
    conversationId: string,
  ): Promise<ChangingConversation | null> {
    try {
      const conversation = await this.changes.conversation(applicationId, conversationId);
      await this.changes.lockInAnyState(transaction, conversation);
      return conversation;
    } catch (error) {
      if (error instanceof HooklineError && error.code === 'conversation_not_found') return null;
      throw error;
    }
  }

  private async renameInConversations(erasure: Erasure): Promise<void> {
    let { conversationKey: key, seq } = erasure;
    for (;;) {
      const next = await this.erasures.conversationFrom(erasure, key);
      if (next === null) return;
      if (next.key !== key) [key, seq] = [next.key, 0n];
      if (isService(next.kind)) await this.renameInService(erasure, key);
      else {
        for (; seq < next.lastSeq && !this.stopping; seq += eventsAtOnce)
          await this.renameStretch(erasure, key, seq, seq + eventsAtOnce);
      }
      if (this.stopping) return;
      await this.erasures.renameAround(erasure, key);
      [key, seq] = [key + 1n, 0n];
      await this.erasures.advance(erasure, key, seq);
    }
  }

  private async renameStretch(erasure: Erasure, key: bigint, after: bigint, upTo: bigint): Promise<void> {
    // While they are found by their sender: what others were notified of names the sender, and quotes it.
    const eventIds = await this.erasures.sentBetween(erasure, key, after, upTo);
    if (eventIds.length > 0) await this.forgetNotifications(erasure.applicationId, { eventIds });
    await this.erasures.renameInEvents(erasure, key, after, upTo);
    await this.erasures.advance(erasure, key, upTo);
  }

  /** Of a service's events, which may be millions, those in the user's view. */
  private async renameInService(erasure: Erasure, key: bigint): Promise<void> {
    for (;;) {
      const view = await this.erasures.viewOf(erasure, key);
      if (view.length === 0 || this.stopping) return;
      const eventIds = view.filter(({ isOwn }) => isOwn).map(({ id }) => id);
      if (eventIds.length > 0) await this.forgetNotifications(erasure.applicationId, { eventIds });
      const seqs = view.map(({ seq }) => seq);
      await this.erasures.renameInView(erasure, key, seqs);
      await this.erasures.advance(erasure, key, 0n);
    }
  }

  private async forgetNotifications(
    applicationId: string,
    of: z.input<typeof forgetNotifications.question>['of'],
  ): Promise<void> {
    let isDone = false;
    while (!isDone && !this.stopping)
      ({ isDone } = await this.bus.ask(forgetNotifications, { applicationId, of }));
  }

  /** Calls of hooks that were recorded with contents. */
  private async forgetHookRuns({ applicationId, userId }: Erasure): Promise<void> {
    let isDone = false;
    while (!isDone && !this.stopping)
      ({ isDone } = await this.bus.ask(forgetHookRuns, { applicationId, userId }));
  }
}
