import {
  WebSocketGateway,
  WebSocketServer,
  type OnGatewayConnection,
  type OnGatewayInit,
} from '@nestjs/websockets';
import type { Server, Socket } from 'socket.io';
import { HooklineError, invalidRequest } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { handshakeAuth, type ClientToServerEvents, type ServerToClientEvents } from '#contracts/sockets.js';
import { longestAnswer } from '#platform/bus/in-flight.js';
import { Log } from '#platform/log.js';
import { Admission } from '../../admission/admission.port.js';
import type { UserCaller } from '../../auth/authentication.port.js';
import { publicError, type ClientSession } from '../../delivery/client-session.port.js';
import { PresenceWatch } from '../../presence/presence-watch.port.js';
import { ConnectedSessions } from '../../sessions/connected-sessions.port.js';
import type { CommandContext } from './command-context.js';
import { Commands } from './commands.js';
import { disconnectionOf } from '../../sockets/disconnection.port.js';
import { farewellOf } from '../../sockets/farewell.port.js';
import { Heartbeats } from '../../sockets/heartbeats.port.js';
import { Lanes } from './lanes.js';
import { LiveEmitter } from './live-emitter.js';
import { SocketCommands } from './socket-commands.js';
import { Unread } from '../../sockets/unread.port.js';

interface SocketData {
  caller: UserCaller;
  address: string;
  resume: ReadonlyMap<string, number> | null;
  tag: string | null;
}

type NoEvents = Record<string, never>;
type NativeServer = Server<ClientToServerEvents, ServerToClientEvents, NoEvents, SocketData>;
type NativeSocket = Socket<ClientToServerEvents, ServerToClientEvents, NoEvents, SocketData>;

/** The native dialect over socket.io: see docs/client-protocol.md. WebSocket only, so that no sticky sessions are needed. */
@WebSocketGateway({
  path: '/socket.io/',
  transports: ['websocket'],
  maxHttpBufferSize: limits.socketPacketBytes,
  serveClient: false,
  destroyUpgrade: false,
  cors: { origin: '*' },
})
export class NativeSockets implements OnGatewayInit<NativeServer>, OnGatewayConnection<NativeSocket> {
  @WebSocketServer()
  readonly server!: NativeServer;
  private emitter!: LiveEmitter;
  /** Why nobody is let in any more. */
  private stopping: HooklineError | null = null;
  /** Lets each connected client go, with the reason. */
  private readonly connected = new Set<(reason: HooklineError) => Promise<void>>();

  constructor(
    private readonly admission: Admission,
    private readonly sessions: ConnectedSessions,
    private readonly commands: SocketCommands,
    private readonly presences: PresenceWatch,
    private readonly log: Log,
  ) {}

  afterInit(server: NativeServer): void {
    this.emitter = new LiveEmitter(server);
    server.use((socket, next) => {
      this.authenticate(socket).then(
        () => {
          next();
        },
        (error: unknown) => {
          const refused = publicError(error);
          // socket.io hands `data` to the client's connect_error.
          next(Object.assign(new Error(refused.code), { data: refused.toWire() }));
        },
      );
    });
  }

  handleConnection(socket: NativeSocket): void {
    const { caller, address, resume, tag } = socket.data;
    const commands = new Commands(() => {
      this.admission.call(caller);
    });
    const unread = new Unread(socket.conn, () => {
      const reason = new HooklineError('too_slow');
      this.log.info({ sessionId: session.identity.sessionId, code: reason.code }, 'a client was cut off');
      // Closed first: to be disconnected is no reason of its own.
      void this.sessions.close(session.identity.sessionId, { reason: 'lost' });
      session.end(reason);
    });
    const heartbeats = new Heartbeats(socket.conn);
    const room = (): Promise<void> => {
      // What is not emitted yet is not counted yet.
      this.emitter.flush();
      return unread.room();
    };
    const session = this.sessions.create(
      {
        applicationId: caller.applicationId,
        userId: caller.userId,
        dialect: 'native',
        address,
        resume,
        tag,
        token: caller.token,
      },
      {
        end: (reason) => {
          this.sayWhy(socket, reason);
          void this.disconnect(socket);
        },
        event: (event) => {
          this.emitter.event(socket.id, event);
        },
        signal: (signal) => {
          if (!unread.isBehind) this.emitter.signal(socket.id, signal);
        },
        receipts: (receipts) => {
          this.emitter.receipts(socket.id, receipts);
        },
        conversation: (conversationId) => {
          this.emitter.flush();
          socket.emit('conversation.created', { conversationId });
        },
        deleted: (conversationId) => {
          this.emitter.flush();
          socket.emit('conversation.deleted', { conversationId });
        },
        leftRoom: (conversationId) => {
          this.emitter.flush();
          socket.emit('room.left', { conversationId });
        },
        muted: (conversationId, muted) => {
          this.emitter.flush();
          socket.emit('conversation.muted', { conversationId, muted });
        },
        received: () => heartbeats.answered(),
        room,
      },
    );
    const letGo = async (reason: HooklineError): Promise<void> => {
      this.sayWhy(socket, reason);
      await commands.finish(reason, longestAnswer);
      // Closed first: to be disconnected is no reason of its own.
      const closed = this.sessions.close(session.identity.sessionId, { reason: 'stopped' });
      // What is written goes out before the process ends.
      await Promise.all([this.disconnect(socket), closed]);
    };
    this.connected.add(letGo);
    const gone = new AbortController();
    const presence = this.presences.watcher(caller, (update) => {
      socket.emit('presence.update', update);
    });
    let isMalformed = false;
    socket.on('error', () => {
      isMalformed = true;
    });
    socket.once('disconnect', (reason, description: unknown) => {
      gone.abort();
      presence.close();
      this.connected.delete(letGo);
      this.admission.left(caller);
      const end = disconnectionOf(reason, { description, isMalformed });
      void this.sessions.close(session.identity.sessionId, end);
    });
    const lanes = new Lanes();
    const context = { caller, address, session, lanes, presence, page: pagesOf(room), gone: gone.signal };
    this.commands.answer(socket, context, commands);
    const refusal = this.admission.entered(caller) ?? this.stopping;
    if (refusal === null) void this.open(socket, session);
    else session.end(refusal);
  }

  /** Lets every client go, and nobody in: told why at once, disconnected when their commands are acknowledged. */
  async drain(): Promise<void> {
    const reason = new HooklineError('service_unavailable', 'This gateway stops; connect again');
    this.stopping = reason;
    await Promise.all([...this.connected].map((letGo) => letGo(reason)));
  }

  private sayWhy(socket: NativeSocket, reason: HooklineError): void {
    this.emitter.flush();
    socket.emit('session.closing', reason.toWire());
  }

  /** After what waits for the client, if it reads it soon; resolves when the connection is closed. */
  private disconnect(socket: NativeSocket): Promise<void> {
    this.emitter.flush();
    return farewellOf(socket.conn, () => socket.disconnect(true));
  }

  private async authenticate(socket: NativeSocket): Promise<void> {
    if (this.stopping !== null) throw this.stopping;
    const auth = handshakeAuth.safeParse(socket.handshake.auth);
    if (!auth.success) throw invalidRequest(auth.error);
    const { token, resume, tag = null } = auth.data;
    const { caller, address } = await this.admission.socket(socket.request, token);
    socket.data.caller = caller;
    socket.data.address = address ?? socket.handshake.address;
    socket.data.tag = tag;
    socket.data.resume = resume === undefined ? null : new Map(Object.entries(resume));
  }

  private async open(socket: NativeSocket, session: ClientSession): Promise<void> {
    const { sessionId, userId } = session.identity;
    try {
      const conversations = await this.sessions.open(session);
      this.emitter.flush();
      socket.emit('session.ready', { sessionId, userId, conversations });
    } catch (error) {
      this.log.warn({ sessionId, reason: String(error) }, 'a session could not be opened');
      session.end(publicError(error));
    }
  }
}

/** See `CommandContext.page`. @param room resolves when the client may be given a page of history */
function pagesOf(room: () => Promise<void>): CommandContext['page'] {
  let pages: Promise<unknown> = Promise.resolve();
  return (work) => {
    const page = pages.then(async () => {
      const answer = await work();
      await room();
      return answer;
    });
    pages = page.catch(() => undefined);
    return page;
  };
}
