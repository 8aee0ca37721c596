import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import { HooklineError, invalidRequest, type WireError } from '#contracts/errors.js';
import { socketCommands, type SocketCommandName } from '#contracts/sockets.js';
import { Log } from '#platform/log.js';
import { publicError } from '../../delivery/client-session.port.js';
import type { CommandContext, CommandHandler, CommandHandlers } from './command-context.js';
import { CommandGroups } from './command-groups.js';
import type { Commands } from './commands.js';
import { SessionCommands } from './session-commands.js';

/** The commands of the contracts with what answers them: parses, works, acknowledges. */
@Injectable()
export class SocketCommands {
  private readonly handlers: CommandHandlers<SocketCommandName>;

  constructor(
    groups: CommandGroups,
    sessions: SessionCommands,
    private readonly log: Log,
  ) {
    this.handlers = { ...groups.handlers, ...sessions.handlers };
  }

  /** Answers everything that this client asks from now on. */
  answer(socket: Pick<Socket, 'on' | 'onAny'>, context: CommandContext, commands: Commands): void {
    for (const name of Object.keys(socketCommands) as SocketCommandName[]) {
      const handle = this.handlers[name] as CommandHandler<SocketCommandName>;
      const { request: schema } = socketCommands[name];
      socket.on(name, (request: unknown, acknowledge: unknown) => {
        const reply = replyTo(acknowledge);
        const answer = async (): Promise<unknown> => {
          // Before, its token may turn out to be revoked.
          await context.session.enrolled;
          const parsed = schema.safeParse(withBase64(request));
          return parsed.success ? handle(context, parsed.data) : refusalOf(invalidRequest(parsed.error));
        };
        const refuse = (error: unknown): void => {
          if (!(error instanceof HooklineError)) this.log.error({ error }, 'a socket command failed');
          reply(refusalOf(error));
        };
        // It is under way until it is acknowledged, however it ends.
        commands.run(() => answer().then(reply, refuse)).catch(refuse);
      });
    }
    socket.onAny((name: string, ...parts: unknown[]) => {
      if (Object.hasOwn(socketCommands, name)) return;
      const refusal = new HooklineError('invalid_request', 'There is no such command');
      replyTo(parts.at(-1))(refusalOf(refusal));
    });
  }
}

/** A client that sends no acknowledgement function cannot be told anything. */
function replyTo(acknowledge: unknown): (answer: unknown) => void {
  if (typeof acknowledge !== 'function') return () => undefined;
  return acknowledge as (answer: unknown) => void;
}

function refusalOf(error: unknown): { ok: false; error: WireError } {
  return { ok: false, error: publicError(error).toWire() };
}

/** socket.io clients may send bytes as they are: a message's binary `data` becomes base64 like everywhere else. */
function withBase64(request: unknown): unknown {
  const content = (request as { content?: { type?: unknown; data?: unknown } } | null | undefined)?.content;
  if (content?.type !== 'binary' || !(content.data instanceof Uint8Array)) return request;
  return {
    ...(request as object),
    content: { ...content, data: Buffer.from(content.data).toString('base64') },
  };
}
