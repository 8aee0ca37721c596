import type { Socket } from 'socket.io';
import { vonageLimits } from '#contracts/vonage/limits.js';
import type { ClientSession } from '../../../delivery/client-session.port.js';
import { farewellOf } from '../../../sockets/farewell.port.js';
import { Heartbeats } from '../../../sockets/heartbeats.port.js';
import { Unread } from '../../../sockets/unread.port.js';
import type { VonageUser } from '../auth/vonage-authentication.js';
import type { Outbox } from './outbox.js';
import type { Push } from './pushes.js';

/** How long a client may take to acknowledge an event (ms); nothing comes of it when it does not. */
const acknowledgementPatience = 60_000;

/** A logged-in client. */
export interface LoggedInClient {
  /** By the token that it has shown last. */
  caller: VonageUser;
  readonly address: string | null;
  readonly session: ClientSession;
  readonly outbox: Outbox<Push>;
}

/** One socket, logged in or not. */
export class Connection {
  client: LoggedInClient | null = null;
  /** Its client says of every event that it has got it. */
  acknowledges = false;
  private loginDue = new AbortController();
  private watching: { readonly unread: Unread; readonly heartbeats: Heartbeats } | null = null;

  constructor(readonly socket: Socket) {}

  /** Cut off unless it logs in soon. */
  awaitLogin(): void {
    this.awaitNothing();
    this.loginDue = new AbortController();
    const overdue = setTimeout(() => {
      void this.sendAway();
    }, vonageLimits.loginPatience);
    this.loginDue.signal.addEventListener('abort', () => {
      clearTimeout(overdue);
    });
  }

  /** It has logged in, or is gone. */
  awaitNothing(): void {
    this.loginDue.abort();
  }

  /** A connection is watched once, however often somebody logs in on it. */
  watch(overflow: () => void): { readonly unread: Unread; readonly heartbeats: Heartbeats } {
    this.watching ??= {
      unread: new Unread(this.socket.conn, overflow),
      heartbeats: new Heartbeats(this.socket.conn),
    };
    return this.watching;
  }

  say({ name, payload }: Push): void {
    if (this.acknowledges) this.socket.timeout(acknowledgementPatience).emit(name, payload, () => undefined);
    else this.socket.emit(name, payload);
  }

  /** For good: a client that is told goodbye does not come again by itself. Resolves when it is gone. */
  sendAway(): Promise<void> {
    return farewellOf(this.socket.conn, () => this.socket.disconnect(true));
  }

  /** Without a word, as by a broken line: its client comes again by itself, and goes on with its session. */
  drop(): Promise<void> {
    return farewellOf(this.socket.conn, () => this.socket.conn.close());
  }
}
