import { Injectable } from '@nestjs/common';
import { sendEphemeralEvent, sendSignal, type SendSignal } from '#contracts/ephemeral.js';
import { HooklineError } from '#contracts/errors.js';
import { Bus } from '#platform/bus/bus.js';
import type { CommandContext, CommandHandlers } from './command-context.js';
import { Typing } from './typing.js';

/** What is stored nowhere. It waits in no lane: behind a slow hook it would come too late to be worth anything. */
@Injectable()
export class EphemeralCommands {
  readonly handlers: CommandHandlers<
    'ephemeral_event.send' | 'ephemeral_message.send' | 'typing.start' | 'typing.stop'
  > = {
    'ephemeral_event.send': (context, { conversationId, name, data }) =>
      this.say(context, conversationId, { kind: 'event', name, data }),
    'ephemeral_message.send': (context, { conversationId, content }) =>
      this.say(context, conversationId, { kind: 'message', content }),
    'typing.start': async (context, { conversationId }) => {
      await this.tell(context, conversationId, { kind: 'typing', isOn: true });
      this.typingOf(context).started(conversationId);
      return { ok: true };
    },
    'typing.stop': async (context, { conversationId }) => {
      const typing = this.typingOf(context);
      typing.stopped(conversationId);
      try {
        await this.tell(context, conversationId, { kind: 'typing', isOn: false });
      } catch (error) {
        // Whoever has left since is typing there no more: a client need not keep in order what it says.
        const hasLeft = error instanceof HooklineError && error.code === 'not_a_member';
        if (!hasLeft || !typing.hasTypedIn(conversationId)) throw error;
      }
      return { ok: true };
    },
  };
  private readonly typing = new WeakMap<CommandContext, Typing>();

  constructor(private readonly bus: Bus) {}

  /** The client leaves a room: while it is in there, the others can be told that it is typing no more. */
  async leaving(context: CommandContext, conversationId: string): Promise<void> {
    const wasTyping = this.typing.get(context)?.stopped(conversationId) ?? false;
    // Lost, clients stop showing it by themselves.
    if (wasTyping)
      await this.tell(context, conversationId, { kind: 'typing', isOn: false }).catch(() => undefined);
  }

  private async say(
    context: CommandContext,
    conversationId: string,
    said: SendSignal['said'],
  ): Promise<{ ok: true; dropped?: true }> {
    const { isDropped } = await this.bus.ask(sendEphemeralEvent, questionOf(context, conversationId, said));
    return isDropped ? { ok: true, dropped: true } : { ok: true };
  }

  private async tell(
    context: CommandContext,
    conversationId: string,
    said: SendSignal['said'],
  ): Promise<void> {
    await this.bus.ask(sendSignal, questionOf(context, conversationId, said));
  }

  private typingOf(context: CommandContext): Typing {
    const known = this.typing.get(context);
    if (known !== undefined) return known;
    const typing = new Typing((conversationId) => {
      // Lost, it is as if this gateway had died: clients stop showing it by themselves.
      this.tell(context, conversationId, { kind: 'typing', isOn: false }).catch(() => undefined);
    });
    this.typing.set(context, typing);
    if (context.gone.aborted) typing.end();
    else {
      context.gone.addEventListener('abort', () => {
        typing.end();
      });
    }
    return typing;
  }
}

function questionOf(
  { caller, session, address }: CommandContext,
  conversationId: string,
  said: SendSignal['said'],
): SendSignal {
  const { applicationId, userId: senderId } = caller;
  const { sessionId } = session.identity;
  const origin = { address, dialect: 'native' };
  return { applicationId, conversationId, senderId, asMaster: false, sessionId, origin, said };
}
