import { Injectable } from '@nestjs/common';
import type { SocketCommandName } from '#contracts/sockets.js';
import type { CommandHandlers } from './command-context.js';
import { EphemeralCommands } from './ephemeral-commands.js';
import { EventCommands } from './event-commands.js';
import { MessageCommands } from './message-commands.js';
import { ReceiptCommands } from './receipt-commands.js';
import { RoomCommands } from './room-commands.js';
import type { SessionCommands } from './session-commands.js';

/** What answers the commands of conversations, group by group. */
@Injectable()
export class CommandGroups {
  readonly handlers: CommandHandlers<Exclude<SocketCommandName, keyof SessionCommands['handlers']>>;

  constructor(
    events: EventCommands,
    messages: MessageCommands,
    ephemeral: EphemeralCommands,
    receipts: ReceiptCommands,
    rooms: RoomCommands,
  ) {
    this.handlers = {
      ...events.handlers,
      ...messages.handlers,
      ...ephemeral.handlers,
      ...receipts.handlers,
      ...rooms.handlers,
    };
  }
}
