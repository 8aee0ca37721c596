import { Injectable } from '@nestjs/common';
import type { EventDraft } from '#contracts/event.js';
import { listEvents } from '#contracts/history.js';
import type { SendAcknowledgement } from '#contracts/sockets.js';
import { Bus } from '#platform/bus/bus.js';
import { CommandSender } from '../../commands/command-sender.port.js';
import type { CommandContext, CommandHandlers } from './command-context.js';

/** What is said in a conversation, and its history. */
@Injectable()
export class EventCommands {
  readonly handlers: CommandHandlers<'message.send' | 'custom_event.send' | 'events.list'> = {
    'message.send': (context, { conversationId, idempotencyKey, ...message }) =>
      this.send(context, conversationId, { kind: 'message', ...message }, idempotencyKey),
    'custom_event.send': (context, { conversationId, name, data, idempotencyKey }) =>
      this.send(context, conversationId, { kind: 'custom', name, data }, idempotencyKey),
    'events.list': ({ caller, page }, { conversationId, cursor = null, limit, order, types = null }) =>
      page(async () => {
        const { applicationId, userId } = caller;
        const actor = { kind: 'user', userId } as const;
        const question = { applicationId, conversationId, actor, cursor, limit, order, types };
        return { ok: true, ...(await this.bus.ask(listEvents, question)) };
      }),
  };

  constructor(
    private readonly commands: CommandSender,
    private readonly bus: Bus,
  ) {}

  private async send(
    { caller: { applicationId, userId }, lanes, address }: CommandContext,
    conversationId: string,
    draft: EventDraft,
    key: string | undefined,
  ): Promise<SendAcknowledgement> {
    const outcome = await lanes.run(conversationId, () =>
      this.commands.send({
        applicationId,
        conversationId,
        senderId: userId,
        asMaster: false,
        draft,
        request: key === undefined ? null : { namespace: `user:${userId}`, key },
        origin: { address, dialect: 'native' },
      }),
    );
    if (outcome.outcome === 'dropped') return { ok: true, dropped: true };
    const { eventId, seq, timestamp, modified } = outcome;
    return { ok: true, eventId, seq, timestamp, modified };
  }
}
