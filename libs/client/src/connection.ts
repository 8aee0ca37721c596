import { io, type Socket } from 'socket.io-client';
import { BackOff } from './back-off.js';
import { clientErrors, HooklineError, wireErrorOf, type WireError } from './errors.js';
import type { Tokens } from './tokens.js';

/**
 * idle -> connecting -> ready -> waiting -> connecting -> ...; closed is final: by `close`, or because the server said
 * something that another attempt would not change.
 */
export type ConnectionState = 'idle' | 'connecting' | 'ready' | 'waiting' | 'closed';

export interface ConnectionOptions {
  readonly url: string;
  readonly tokens: Tokens;
  /** What the handshake says besides the token. */
  readonly handshake: () => object;
  readonly changed: (state: ConnectionState, reason: HooklineError | null) => void;
  readonly heard: (name: string, payload: unknown) => void;
}

/** How long an acknowledgement is waited for (ms): hooks may take 10 s, and the answer some more. */
const patience = 20_000;
/** A session that is not ready after this is tried anew (ms). */
const openingPatience = 30_000;
/** How long before its end a token is replaced (ms). */
const refreshAhead = 60_000;

/** One socket at a time, for as long as the server does not refuse for good. */
export class Connection {
  private state: ConnectionState = 'idle';
  private socket: Socket | null = null;
  private readonly backOff = new BackOff();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private refreshing: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: ConnectionOptions) {}

  get current(): ConnectionState {
    return this.state;
  }

  open(): void {
    if (this.state === 'idle') void this.attempt();
  }

  close(reason: HooklineError | null = null): void {
    if (this.state === 'closed') return;
    this.drop();
    this.become('closed', reason);
  }

  /** @throws HooklineError what the server refuses, client_disconnected when it does not answer */
  async say(command: string, request: object): Promise<object> {
    const { socket } = this;
    if (socket === null || this.state !== 'ready') throw new HooklineError(clientErrors.disconnected);
    const answer = await this.answerOf(socket, command, request);
    const { ok, error } = answer as { ok?: unknown; error?: unknown };
    if (ok === true) return answer;
    throw new HooklineError(wireErrorOf(error) ?? clientErrors.disconnected);
  }

  private answerOf(socket: Socket, command: string, request: object): Promise<object> {
    // socket.io forgets a question whose connection is gone: its acknowledgement would be waited for in vain.
    return new Promise((resolve, reject) => {
      const cut = (): void => {
        reject(new HooklineError(clientErrors.disconnected));
      };
      socket.once('disconnect', cut);
      socket
        .timeout(patience)
        .emitWithAck(command, request)
        .then(resolve, cut)
        .finally(() => socket.off('disconnect', cut));
    });
  }

  private async attempt(): Promise<void> {
    this.become('connecting', null);
    let token: string;
    try {
      token = await this.options.tokens.current();
    } catch {
      this.lost({ ...clientErrors.disconnected, detail: 'No token was to be had' });
      return;
    }
    if (this.current !== 'connecting') return;
    const socket = io(this.options.url, {
      auth: { token, ...this.options.handshake() },
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
    });
    this.socket = socket;
    this.timer = setTimeout(() => {
      this.lost(clientErrors.disconnected);
    }, openingPatience);
    let reason: WireError | null = null;
    socket.onAny((name: string, payload: unknown) => {
      if (socket !== this.socket) return;
      if (name === 'session.closing') reason = wireErrorOf(payload);
      if (name === 'session.ready') this.ready();
      this.options.heard(name, payload);
    });
    socket.once('disconnect', () => {
      if (socket === this.socket) this.lost(reason ?? clientErrors.disconnected);
    });
    socket.once('connect_error', (error) => {
      if (socket === this.socket)
        this.lost(wireErrorOf((error as { data?: unknown }).data) ?? clientErrors.disconnected);
    });
  }

  private ready(): void {
    clearTimeout(this.timer);
    this.backOff.reset();
    this.refreshInTime();
    this.become('ready', null);
  }

  private lost(reason: WireError): void {
    this.drop();
    const error = new HooklineError(reason);
    // A fresh token is asked for with every attempt: one that has expired is no reason to give up.
    if (reason.code === 'token_expired') this.options.tokens.forget();
    else if (!reason.retryable) {
      this.become('closed', error);
      return;
    }
    this.become('waiting', error);
    this.timer = setTimeout(() => {
      void this.attempt();
    }, this.backOff.next(reason.retryAfter));
  }

  private drop(): void {
    clearTimeout(this.timer);
    clearTimeout(this.refreshing);
    const { socket } = this;
    this.socket = null;
    socket?.offAny();
    socket?.disconnect();
  }

  private become(state: ConnectionState, reason: HooklineError | null): void {
    this.state = state;
    this.options.changed(state, reason);
  }

  private refreshInTime(): void {
    clearTimeout(this.refreshing);
    const { expiresAt } = this.options.tokens;
    if (expiresAt === null) return;
    const left = expiresAt - Date.now();
    // A timer of more than 24.8 days would fire at once.
    const wait = Math.min(Math.max(left - refreshAhead, left / 2), 2 ** 31 - 1);
    this.refreshing = setTimeout(() => {
      void this.refresh();
    }, wait);
  }

  /** A token that cannot be replaced in time ends the session; the next attempt asks for another. */
  private async refresh(): Promise<void> {
    try {
      const token = await this.options.tokens.fresh();
      await this.say('session.refresh', { token });
      this.refreshInTime();
    } catch {
      this.options.tokens.forget();
    }
  }
}
