import { Controller } from '@nestjs/common';
import { operations } from '#contracts/rest/operations.js';
import { clearUnread, getUnread, getUnreadTotal, listUnread } from '#contracts/unread.js';
import { Bus } from '#platform/bus/bus.js';
import { namedUser } from './callers.js';
import { FromRequest, Operates, type Requested } from './operates.js';

type Answered = Promise<unknown>;

/** What members have not read. */
@Controller()
export class UnreadController {
  constructor(private readonly bus: Bus) {}

  @Operates(operations.getUnread)
  get(@FromRequest() { caller, parameters, query }: Requested<typeof operations.getUnread>): Answered {
    const userId = namedUser(caller, query.userId, '/query/userId');
    return this.bus.ask(getUnread, { applicationId: caller.applicationId, ...parameters, userId });
  }

  @Operates(operations.listUnread)
  list(@FromRequest() { caller, query }: Requested<typeof operations.listUnread>): Answered {
    const { cursor = null, limit } = query;
    const userId = namedUser(caller, query.userId, '/query/userId');
    return this.bus.ask(listUnread, { applicationId: caller.applicationId, userId, cursor, limit });
  }

  @Operates(operations.getUnreadTotal)
  total(@FromRequest() { caller, query }: Requested<typeof operations.getUnreadTotal>): Answered {
    const userId = namedUser(caller, query.userId, '/query/userId');
    return this.bus.ask(getUnreadTotal, { applicationId: caller.applicationId, userId });
  }

  @Operates(operations.clearUnread)
  clear(@FromRequest() { caller, body }: Requested<typeof operations.clearUnread>): Answered {
    const userId = namedUser(caller, body.userId, '/userId');
    return this.bus.ask(clearUnread, { applicationId: caller.applicationId, userId });
  }
}
