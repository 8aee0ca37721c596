import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { acknowledgeEvent, listReceiptEvents } from '#contracts/receipts.js';
import { nothingVisible } from '#domain/timeline/visibility.js';
import { Answers } from '#platform/bus/answers.js';
import { ConversationsStore } from '../store/conversations.store.js';
import { MembersStore } from '../store/members.store.js';
import { ReceiptEventsStore } from '../store/receipt-events.store.js';
import { ReceiptEvents } from './receipt-events.js';

/** Receipts of single events, for protocols that have them. */
@Controller()
export class ReceiptEventsController {
  constructor(
    private readonly conversations: ConversationsStore,
    private readonly members: MembersStore,
    private readonly store: ReceiptEventsStore,
    private readonly receipts: ReceiptEvents,
  ) {}

  @Answers(acknowledgeEvent)
  acknowledge(
    question: z.output<typeof acknowledgeEvent.question>,
  ): Promise<z.output<typeof acknowledgeEvent.answer>> {
    return this.receipts.acknowledge(question);
  }

  @Answers(listReceiptEvents)
  async of({
    applicationId,
    conversationId,
    targetSeqs,
    readerId,
  }: z.output<typeof listReceiptEvents.question>): Promise<z.output<typeof listReceiptEvents.answer>> {
    const handle = await this.conversations.handle(applicationId, conversationId);
    if (handle === null) throw new HooklineError('conversation_not_found');
    const range =
      readerId === null ? null : ((await this.members.membership(handle.key, readerId)) ?? nothingVisible);
    const reader = readerId === null || range === null ? null : { userId: readerId, range };
    return { receipts: await this.store.of(handle.key, targetSeqs, reader) };
  }
}
