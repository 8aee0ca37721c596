import { Injectable } from '@nestjs/common';
import type { CommandHandlers } from './command-context.js';
import { EphemeralCommands } from './ephemeral-commands.js';

/** Coming into rooms, and going. In the lane of the room, so that what is sent after entering finds the client in it. */
@Injectable()
export class RoomCommands {
  readonly handlers: CommandHandlers<'room.enter' | 'room.leave'> = {
    'room.enter': async ({ session, lanes }, { conversationId, afterSeq = null }) => ({
      ok: true,
      ...(await lanes.run(conversationId, () => session.rooms.enter(conversationId, afterSeq))),
    }),
    'room.leave': async (context, { conversationId }) => {
      await context.lanes.run(conversationId, async () => {
        await this.ephemeral.leaving(context, conversationId);
        await context.session.rooms.leave(conversationId);
      });
      return { ok: true };
    },
  };

  constructor(private readonly ephemeral: EphemeralCommands) {}
}
