import { Injectable } from '@nestjs/common';
import { recallMessage, updateMessage } from '#contracts/message-changes.js';
import { Bus } from '#platform/bus/bus.js';
import type { CommandContext, CommandHandlers } from './command-context.js';

interface Changing {
  readonly conversationId: string;
  readonly eventId: string;
  readonly idempotencyKey?: string | undefined;
}

/** What becomes of messages after they were sent; in the order in which a client says it, as its messages are. */
@Injectable()
export class MessageCommands {
  readonly handlers: CommandHandlers<'message.update' | 'message.recall'> = {
    'message.update': async (context, { content, mentions, ...changing }) => {
      const question = { ...questionOf(context, changing), content, mentions };
      const answer = await context.lanes.run(changing.conversationId, () =>
        this.bus.ask(updateMessage, question),
      );
      if (answer.outcome === 'dropped') return { ok: true, dropped: true };
      const { eventId, seq, timestamp, modified } = answer;
      return { ok: true, eventId, seq, timestamp, modified };
    },
    'message.recall': async (context, changing) => {
      const recalled = await context.lanes.run(changing.conversationId, () =>
        this.bus.ask(recallMessage, questionOf(context, changing)),
      );
      return 'outcome' in recalled ? { ok: true, dropped: true } : { ok: true, ...recalled };
    },
  };

  constructor(private readonly bus: Bus) {}
}

function questionOf(
  { caller, address }: CommandContext,
  { conversationId, eventId, idempotencyKey }: Changing,
) {
  const { applicationId, userId } = caller;
  return {
    applicationId,
    conversationId,
    eventId,
    actor: { kind: 'user', userId } as const,
    origin: { address, dialect: 'native' },
    request: idempotencyKey === undefined ? null : { namespace: `user:${userId}`, key: idempotencyKey },
  };
}
