import { Controller } from '@nestjs/common';
import { getEventReceipts, listReceipts, recordReceipt } from '#contracts/receipts.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
import { actorOf, namedUser } from './callers.js';
import { FromRequest, Operates, type Requested } from './operates.js';

type Answered = Promise<unknown>;

/** How far members have got. */
@Controller()
export class ReceiptsController {
  constructor(private readonly bus: Bus) {}

  @Operates(operations.sendReceipt)
  send(@FromRequest() { caller, parameters, body }: Requested<typeof operations.sendReceipt>): Answered {
    const { applicationId } = caller;
    const { delivered = null, read = null } = body;
    const userId = namedUser(caller, body.userId, '/userId');
    return this.bus.ask(recordReceipt, { applicationId, ...parameters, userId, delivered, read });
  }

  @Operates(operations.listReceipts)
  list(@FromRequest() { caller, parameters, query }: Requested<typeof operations.listReceipts>): Answered {
    const { applicationId } = caller;
    const { cursor = null, limit } = query;
    return this.bus.ask(listReceipts, {
      applicationId,
      ...parameters,
      actor: actorOf(caller),
      cursor,
      limit,
    });
  }

  @Operates(operations.getEventReceipts)
  ofEvent(@FromRequest() { caller, parameters }: Requested<typeof operations.getEventReceipts>): Answered {
    const { applicationId } = caller;
    return this.bus.ask(getEventReceipts, { applicationId, ...parameters, actor: actorOf(caller) });
  }
}
