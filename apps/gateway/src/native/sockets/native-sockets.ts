import {
  WebSocketGateway,
  WebSocketServer,
  type OnGatewayConnection,
  type OnGatewayInit,
} from '@nestjs/websockets';
import type { Server, Socket } from 'socket.io';
import type { z } from 'zod';
import { listEvents } from '#contracts/conversation.js';
import { HooklineError, invalidRequest } from '#contracts/errors.js';
import type { EventDraft } from '#contracts/event.js';
import { limits } from '#contracts/limits.js';
import {
  handshakeAuth,
  listEventsRequest,
  sendCustomEventRequest,
  sendMessageRequest,
  type ClientToServerEvents,
  type ListEventsAcknowledgement,
  type SendAcknowledgement,
  type ServerToClientEvents,
} from '#contracts/sockets.js';
import { Bus } from '#platform/bus/bus.js';
import { Log } from '#platform/log.js';
import { Authentication, type UserCaller } from '../../auth/authentication.port.js';
import { CommandSender } from '../../commands/command-sender.port.js';
import { publicError, type ClientSession } from '../../delivery/client-session.port.js';
import { ConnectedSessions } from '../../sessions/connected-sessions.port.js';
import { Lanes } from './lanes.js';
import { LiveEmitter } from './live-emitter.js';

interface SocketData {
  caller: UserCaller;
  resume: ReadonlyMap<string, number> | null;
}

type NoEvents = Record<string, never>;
type NativeServer = Server<ClientToServerEvents, ServerToClientEvents, NoEvents, SocketData>;
type NativeSocket = Socket<ClientToServerEvents, ServerToClientEvents, NoEvents, SocketData>;

type Refusal = Extract<SendAcknowledgement, { ok: false }>;

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

  constructor(
    private readonly authentication: Authentication,
    private readonly sessions: ConnectedSessions,
    private readonly commands: CommandSender,
    private readonly bus: Bus,
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
    const { caller, resume } = socket.data;
    const session = this.sessions.create(
      {
        applicationId: caller.applicationId,
        userId: caller.userId,
        dialect: 'native',
        address: socket.handshake.address,
        resume,
      },
      {
        end: (reason) => {
          this.emitter.flush();
          socket.emit('session.closing', reason.toWire());
          socket.disconnect(true);
        },
        event: (event) => {
          this.emitter.event(socket.id, event);
        },
        conversation: (conversationId) => {
          this.emitter.flush();
          socket.emit('conversation.created', { conversationId });
        },
      },
    );
    socket.once('disconnect', () => {
      void this.sessions.close(session.identity.sessionId);
    });
    this.answerCommands(socket, caller);
    void this.open(socket, session);
  }

  private async authenticate(socket: NativeSocket): Promise<void> {
    const auth = handshakeAuth.safeParse(socket.handshake.auth);
    if (!auth.success) throw invalidRequest(auth.error);
    const { token, resume } = auth.data;
    socket.data.caller = await this.authentication.ofToken(token);
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

  private answerCommands(socket: NativeSocket, caller: UserCaller): void {
    const lanes = new Lanes();
    const write = async (
      conversationId: string,
      draft: EventDraft,
      key: string | undefined,
    ): Promise<SendAcknowledgement> => {
      const { applicationId, userId } = caller;
      const outcome = await lanes.run(conversationId, () =>
        this.commands.send({
          applicationId,
          conversationId,
          senderId: userId,
          asMaster: false,
          draft,
          request: key === undefined ? null : { namespace: `user:${userId}`, key },
          origin: { address: socket.handshake.address, dialect: 'native' },
        }),
      );
      if (outcome.outcome === 'dropped') return { ok: true, dropped: true };
      const { eventId, seq, timestamp, modified } = outcome;
      return { ok: true, eventId, seq, timestamp, modified };
    };
    socket.on('message.send', (request, acknowledge) => {
      this.answer(sendMessageRequest, request, acknowledge, ({ conversationId, content, idempotencyKey }) =>
        write(conversationId, { kind: 'message', content }, idempotencyKey),
      );
    });
    socket.on('custom_event.send', (request, acknowledge) => {
      this.answer(
        sendCustomEventRequest,
        request,
        acknowledge,
        ({ conversationId, name, data, idempotencyKey }) =>
          write(conversationId, { kind: 'custom', name, data }, idempotencyKey),
      );
    });
    socket.on('events.list', (request, acknowledge) => {
      this.answer(
        listEventsRequest,
        request,
        acknowledge,
        async (asked): Promise<ListEventsAcknowledgement> => {
          const { conversationId, cursor = null, limit, order } = asked;
          const viewer = { kind: 'user', userId: caller.userId } as const;
          const { applicationId } = caller;
          const page = await this.bus.ask(listEvents, {
            applicationId,
            conversationId,
            viewer,
            cursor,
            limit,
            order,
          });
          return { ok: true, ...page };
        },
      );
    });
  }

  /** Parses, works, acknowledges; a client that sends no acknowledgement function cannot be told anything. */
  private answer<Schema extends z.ZodType, Answer>(
    schema: Schema,
    request: unknown,
    acknowledge: unknown,
    work: (request: z.output<Schema>) => Promise<Answer>,
  ): void {
    const reply = (typeof acknowledge === 'function' ? acknowledge : () => undefined) as (
      answer: Answer | Refusal,
    ) => void;
    const parsed = schema.safeParse(withBase64(request));
    if (!parsed.success) {
      reply({ ok: false, error: invalidRequest(parsed.error).toWire() });
      return;
    }
    work(parsed.data).then(reply, (error: unknown) => {
      if (!(error instanceof HooklineError)) this.log.error({ error }, 'a socket command failed');
      reply({ ok: false, error: publicError(error).toWire() });
    });
  }
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
