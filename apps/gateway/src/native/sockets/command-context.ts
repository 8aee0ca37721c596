import type { SocketAnswer, SocketCommandName, SocketRequest } from '#contracts/sockets.js';
import type { UserCaller } from '../../auth/authentication.port.js';
import type { ClientSession } from '../../delivery/client-session.port.js';
import type { PresenceWatcher } from '../../presence/presence-watch.port.js';
import type { Lanes } from './lanes.js';

/** The client that a command comes from. */
export interface CommandContext {
  readonly caller: UserCaller;
  /** The client's address. */
  readonly address: string;
  readonly session: ClientSession;
  readonly lanes: Lanes;
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal;
  /** Whose presence the client subscribes to. */
  readonly presence: PresenceWatcher;
  /** Runs what answers with much: one after the other, and answered when the client has read enough of what was before. */
  readonly page: <Answer>(work: () => Promise<Answer>) => Promise<Answer>;
}

/** @throws HooklineError what the client is answered */
export type CommandHandler<Name extends SocketCommandName> = (
  context: CommandContext,
  request: SocketRequest<Name>,
) => Promise<SocketAnswer<Name>>;

export type CommandHandlers<Name extends SocketCommandName> = {
  readonly [Each in Name]: CommandHandler<Each>;
};
