import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { vonageUserId } from '#contracts/vonage/ids.js';
import { Log } from '#platform/log.js';
import { publicError, type ClientSession } from '../../../delivery/client-session.port.js';
import { ConnectedSessions } from '../../../sessions/connected-sessions.port.js';
import { disconnectionOf } from '../../../sockets/disconnection.port.js';
import { VonageError } from '../vonage-error.js';
import { vonageErrorOf } from '../vonage-errors.port.js';
import { Connection } from './connection.js';
import { Outbox } from './outbox.js';
import { deletionPush, Pushes, type Push } from './pushes.js';
import { SocketLogin, type LoggedIn } from './socket-login.js';
import { saidBySocket, SocketRequests } from './socket-requests.js';

/** What clients say on a socket: `tid` comes back as `rid`. */
const request = z.object({
  tid: z.string().max(200).optional(),
  body: z.object({ token: z.string().min(1).max(8_192).optional() }).optional(),
});

const handshake = z.object({
  token: z.string().min(1).max(8_192).optional(),
  session_id: z.uuid().toLowerCase().optional(),
  acknowledge_events: z.string().optional(),
});

/** A session as its client asks for it. */
interface Wanted {
  readonly id: string | null;
  readonly acknowledges: boolean;
}

/**
 * The sockets of Vonage's clients, on either of their paths: a login by a packet, or by the token of the connection's URL; then
 * `session:success` before anything else, and every event in order.
 */
@Injectable()
export class VonageConnections {
  /** Why nobody is let in any more. */
  private stopping: HooklineError | null = null;
  private readonly connected = new Set<(reason: HooklineError) => Promise<void>>();

  constructor(
    private readonly logins: SocketLogin,
    private readonly sessions: ConnectedSessions,
    private readonly requests: SocketRequests,
    private readonly pushes: Pushes,
    private readonly log: Log,
  ) {}

  take(socket: Socket): void {
    const connection = new Connection(socket);
    const letGo = (reason: HooklineError): Promise<void> => this.letGo(connection, reason);
    this.connected.add(letGo);
    let isMalformed = false;
    socket.on('error', () => {
      isMalformed = true;
    });
    socket.once('disconnect', (reason, description: unknown) => {
      connection.awaitNothing();
      this.connected.delete(letGo);
      void this.end(connection, disconnectionOf(reason, { description, isMalformed }));
    });
    const query = handshake.safeParse(socket.handshake.query);
    if (!query.success) {
      this.say(connection, new VonageError(400, 'session:error:invalid', 'The query of the URL is wrong'));
      void connection.sendAway();
      return;
    }
    const { token, session_id: id = null, acknowledge_events: acknowledges } = query.data;
    const wanted = { id, acknowledges: acknowledges === 'true' };
    this.answer(connection, wanted);
    if (token === undefined) connection.awaitLogin();
    else void this.loginByUrl(connection, token, wanted);
  }

  /** Lets every client go, and nobody in. */
  async drain(): Promise<void> {
    const reason = new HooklineError('service_unavailable', 'This gateway stops; connect again');
    this.stopping = reason;
    await Promise.all([...this.connected].map((letGo) => letGo(reason)));
  }

  /** Whatever its client says from now on. */
  private answer(connection: Connection, wanted: Wanted): void {
    const { socket } = connection;
    const listen = (
      name: string,
      handle: (said: { readonly rid: string | undefined; readonly token: string }) => Promise<void>,
    ): void => {
      socket.on(name, (said: unknown) => {
        const parsed = request.safeParse(said);
        const { tid: rid, body } = parsed.success ? parsed.data : {};
        handle({ rid, token: body?.token ?? '' }).catch((error: unknown) => {
          this.say(connection, error, rid);
        });
      });
    };
    let asked = wanted;
    listen('session:login', ({ rid, token }) => this.login(connection, token, asked, rid));
    listen('session:update-token', async ({ rid, token }) => {
      const { client } = connection;
      if (client === null) throw noSession();
      const renewed = await this.logins.renewed(token, client.caller);
      await this.sessions.renewToken(client.session, renewed.token);
      client.caller = renewed;
      socket.emit('session:update-token:success', { rid, body: {} });
    });
    listen('session:logout', async ({ rid }) => {
      if (connection.client === null) throw noSession();
      // Whoever logs in next begins anew.
      asked = { ...wanted, id: null };
      await this.end(connection, { reason: 'closed' });
      socket.emit('session:logged-out', { rid, body: {} });
      connection.awaitLogin();
    });
    for (const type of saidBySocket)
      socket.on(type, (said: unknown) => {
        const { client } = connection;
        const sent =
          client === null ? Promise.reject(noSession()) : this.requests.sendEvent(client, type, said);
        sent.catch((error: unknown) => {
          this.say(connection, error);
        });
      });
  }

  private async loginByUrl(connection: Connection, token: string, wanted: Wanted): Promise<void> {
    try {
      await this.login(connection, token, wanted);
    } catch (error) {
      const { status } = shownError(error);
      // It tries again by itself, which it would not once it was told; and a session that goes on waits for that.
      if (status >= 500 || (status === 429 && wanted.id !== null)) {
        this.log.warn({ reason: String(error) }, 'a session could not be opened');
        await connection.drop();
      } else {
        this.say(connection, error);
        await connection.sendAway();
      }
    }
  }

  /** @throws what refuses it; the socket is then not logged in */
  private async login(connection: Connection, token: string, wanted: Wanted, rid?: string): Promise<void> {
    const { socket } = connection;
    requireNoSession(connection);
    if (this.stopping !== null) throw this.stopping;
    const login = await this.logins.login(socket.request, token, wanted);
    // Meanwhile it may have said so twice, or have gone.
    requireNoSession(connection);
    if (!socket.connected) return;
    const { caller, address, person, sessionId, acknowledges } = login;
    const opened = Promise.withResolvers<undefined>();
    const outbox = new Outbox<Push>(
      opened.promise,
      (push) => {
        connection.say(push);
      },
      (error) => {
        this.log.warn({ reason: String(error) }, 'an event could not be looked up');
        // It comes again and is given what it has missed.
        void connection.drop();
      },
    );
    const session = this.open(connection, login, outbox);
    connection.client = { caller, address, session, outbox };
    connection.acknowledges = acknowledges;
    connection.awaitNothing();
    try {
      this.logins.entered(caller);
      await this.enrol(connection, session);
    } catch (error) {
      await this.end(connection, { reason: 'lost' });
      // Whoever waits to say something is let go.
      opened.resolve(undefined);
      if (rid !== undefined) connection.awaitLogin();
      throw error;
    }
    const body = {
      id: sessionId,
      user_id: vonageUserId(person.uid),
      name: person.id,
      display_name: person.displayName ?? person.id,
      api_key: caller.applicationId,
    };
    socket.emit('session:success', { ...(rid !== undefined && { rid }), body });
    opened.resolve(undefined);
  }

  /**
   * Resolves when the session is stored. What it has missed is given page by page afterwards, and what fails of that makes its
   * client come again.
   *
   * @throws HooklineError why it is not stored
   */
  private async enrol(connection: Connection, session: ClientSession): Promise<void> {
    const opening = this.sessions.open(session);
    await Promise.race([session.enrolled, opening]);
    opening.catch((error: unknown) => {
      if (connection.client?.session !== session) return;
      this.log.warn({ reason: String(error) }, 'a client could not be given what it has missed');
      void this.end(connection, { reason: 'lost' });
      void connection.drop();
    });
  }

  private open(connection: Connection, login: LoggedIn, outbox: Outbox<Push>): ClientSession {
    const { caller, address, resume, sessionId: tag } = login;
    const { applicationId, userId, token } = caller;
    const { unread, heartbeats } = connection.watch(() => {
      this.log.info({ code: 'too_slow' }, 'a client was cut off');
      // Closed first: to be disconnected is no reason of its own.
      void this.end(connection, { reason: 'lost' });
      void connection.drop();
    });
    return this.sessions.create(
      { applicationId, userId, dialect: 'vonage', address, resume, tag, token },
      {
        end: (reason) => {
          void this.letGo(connection, reason);
        },
        event: (event, besides) => {
          outbox.add(this.pushes.ofEvent(applicationId, event, besides));
        },
        signal: (signal) => {
          if (!unread.isBehind) outbox.add(this.pushes.ofSignal(applicationId, signal, Date.now()));
        },
        deleted: (conversationId) => {
          outbox.add(Promise.resolve([deletionPush(applicationId, conversationId, Date.now())]));
        },
        // What these tell has no form here, or comes as an event besides.
        receipts: () => undefined,
        conversation: () => undefined,
        leftRoom: () => undefined,
        muted: () => undefined,
        received: () => heartbeats.answered(),
        room: () => outbox.space(() => unread.room()),
      },
    );
  }

  private async end(connection: Connection, end: Parameters<ConnectedSessions['close']>[1]): Promise<void> {
    const { client } = connection;
    if (client === null) return;
    connection.client = null;
    client.outbox.close();
    this.logins.left(client.caller);
    await this.sessions.close(client.session.identity.sessionId, end);
  }

  /** By the server's own will. Whoever may come again is told nothing: only then does it. */
  private async letGo(connection: Connection, reason: HooklineError): Promise<void> {
    const comesAgain = reason.code === 'service_unavailable';
    if (!comesAgain) this.say(connection, reason);
    const ended = this.end(connection, { reason: 'stopped' });
    await Promise.all([ended, comesAgain ? connection.drop() : connection.sendAway()]);
  }

  private say({ socket }: Connection, error: unknown, rid?: string): void {
    const known = shownError(error);
    if (known.status >= 500) this.log.warn({ reason: String(error) }, 'a client could not be answered');
    const { code, message: description } = known;
    socket.emit(code, { ...(rid !== undefined && { rid }), code, description, body: { code, description } });
  }
}

function shownError(error: unknown): VonageError {
  return error instanceof VonageError ? error : vonageErrorOf(publicError(error));
}

function noSession(): VonageError {
  return new VonageError(401, 'session:invalid', 'There is no session');
}

/** @throws VonageError session:error:invalid */
function requireNoSession({ client }: Connection): void {
  if (client !== null) throw new VonageError(400, 'session:error:invalid', 'The session is open already');
}
