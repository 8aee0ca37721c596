import { Injectable } from '@nestjs/common';
import { recordReceipt } from '#contracts/receipts.js';
import { Bus } from '#platform/bus/bus.js';
import type { CommandHandlers } from './command-context.js';

/** How far the client has got. Receipts of one client need no order, so they wait in no lane. */
@Injectable()
export class ReceiptCommands {
  readonly handlers: CommandHandlers<'receipt.send'> = {
    'receipt.send': async ({ caller }, { conversationId, delivered = null, read = null }) => {
      const { applicationId, userId } = caller;
      const question = { applicationId, conversationId, userId, delivered, read };
      return { ok: true, ...(await this.bus.ask(recordReceipt, question)) };
    },
  };

  constructor(private readonly bus: Bus) {}
}
