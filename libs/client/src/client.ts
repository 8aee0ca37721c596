import createRestClient, { type Client as OpenApiClient } from 'openapi-fetch';
import { Connection, type ConnectionState } from './connection.js';
import { Emitter } from './emitter.js';
import { type HooklineError } from './errors.js';
import type { components, paths } from './generated/protocol.js';
import { Outbox, type Pending } from './outbox.js';
import { Positions } from './positions.js';
import { RecentIds } from './recent-ids.js';
import { memoryStorage, type ClientStorage } from './storage.js';
import { Tokens } from './tokens.js';
import { uniqueKey } from './unique-key.js';

type Schemas = components['schemas'];
type Commands = Schemas['SocketCommands'];
type CommandName = keyof Commands;
type Request<Name extends CommandName> = Commands[Name]['request'];
/** What a command is answered with when it is not refused: refusals are thrown. */
type Answer<Name extends CommandName> = Exclude<Commands[Name]['answer'], { ok: false }>;
type Content = Request<'message.send'>['content'];

export type TimelineEvent = Schemas['Event'];
/** What became of something that was sent: stored, perhaps as hooks have modified it, or dropped by one. */
export type Sent = Answer<'message.send'>;

/** What the server says, and what the client says of itself. */
export type ClientEvents = Schemas['SocketEvents'] &
  Record<`custom:${string}`, Schemas['CustomEvent']> & {
    /** Every event of a timeline, whatever its type; heard once, in the order of seq within its conversation. */
    event: TimelineEvent;
    /** Too much was missed to be told event by event: list the history after `fromSeq`. */
    gap: { readonly conversationId: string; readonly fromSeq: number; readonly toSeq: number };
    state: { readonly state: ConnectionState; readonly reason: HooklineError | null };
    /** What became of something that a former life of this client had still to send. */
    settled: { readonly pending: Pending; readonly answer?: object; readonly error?: HooklineError };
    /** A listener has thrown. */
    error: unknown;
  };

export interface ClientOptions {
  /** Of the gateway, for instance https://chat.example.com. */
  readonly url: string;
  /** Asks your server for a user token. Called again whenever the last one is about to expire. */
  readonly getToken: () => Promise<string> | string;
  /** Where positions and unsent messages outlive the process; in memory unless it is said. */
  readonly storage?: ClientStorage;
  /** Names this device: a newer session with the same tag replaces this one. */
  readonly tag?: string;
}

/**
 * A user's client. Connects, comes back by itself and hears everything visible once and in order; sends once, however often
 * the connection breaks in between.
 */
export class HooklineClient {
  /** Every REST operation, typed by its path; with the user's token. */
  readonly rest: OpenApiClient<paths>;
  private readonly emitter: Emitter<ClientEvents>;
  private readonly tokens: Tokens;
  private readonly positions: Positions;
  private readonly recent = new RecentIds();
  private readonly connection: Connection;
  private readonly outbox: Outbox;

  constructor({ url, getToken, storage = memoryStorage(), tag }: ClientOptions) {
    this.tokens = new Tokens(getToken);
    this.rest = this.restClient(url);
    this.emitter = new Emitter((error) => {
      this.emitter.emit('error', error);
    });
    this.positions = new Positions(storage);
    this.connection = new Connection({
      url,
      tokens: this.tokens,
      handshake: () => {
        const { resume } = this.positions;
        return { ...(resume !== null && { resume }), ...(tag !== undefined && { tag }) };
      },
      changed: (state, reason) => {
        if (state !== 'ready') this.outbox.offline();
        this.emitter.emit('state', { state, reason });
      },
      heard: (name, payload) => {
        this.hear(name, payload);
      },
    });
    this.outbox = new Outbox(
      storage,
      (command, request) => this.connection.say(command, request),
      (pending, outcome) => {
        this.emitter.emit('settled', { pending, ...outcome });
      },
    );
  }

  get state(): ConnectionState {
    return this.connection.current;
  }

  /** How much is still to be sent. */
  get unsent(): number {
    return this.outbox.size;
  }

  /** @returns stops listening */
  on<Name extends keyof ClientEvents>(
    name: Name,
    listener: (payload: ClientEvents[Name]) => void,
  ): () => void {
    return this.emitter.on(name, listener);
  }

  /**
   * Resolves when everything that was missed has been heard. Goes on trying while it can help.
   *
   * @throws HooklineError why it cannot: the token is refused, or the session was replaced, for instance
   */
  connect(): Promise<void> {
    const connected = new Promise<void>((resolve, reject) => {
      const stop = this.on('state', ({ state, reason }) => {
        if (state === 'ready') resolve();
        else if (state === 'closed') reject(reason ?? new Error('The client was closed'));
        else return;
        stop();
      });
    });
    this.connection.open();
    return connected;
  }

  /** Nothing more is heard or said. What was not acknowledged is sent by the next client with the same storage. */
  close(): void {
    this.positions.keep();
    this.outbox.close();
    this.connection.close();
  }

  /**
   * Sends a message, now or when there is a connection again; it is stored once.
   *
   * @param content a text, or content of any kind
   * @throws HooklineError when the server refuses it for good, a hook's rejection included (`error.hook`)
   */
  send(
    conversationId: string,
    content: string | Content,
    options: Omit<Request<'message.send'>, 'conversationId' | 'content' | 'idempotencyKey'> = {},
  ): Promise<Sent> {
    const full: Content = typeof content === 'string' ? { type: 'text', text: content } : content;
    return this.sendOnce('message.send', { conversationId, content: full, ...options });
  }

  /** As `send`, a custom event. */
  sendCustomEvent(
    conversationId: string,
    name: string,
    data: Request<'custom_event.send'>['data'],
  ): Promise<Sent> {
    return this.sendOnce('custom_event.send', { conversationId, name, data });
  }

  /**
   * Any command, said once and not repeated.
   *
   * @throws HooklineError what the server refuses; client_disconnected without a connection
   */
  async command<Name extends CommandName>(name: Name, request: Request<Name>): Promise<Answer<Name>> {
    return (await this.connection.say(name, request)) as Answer<Name>;
  }

  private async sendOnce<Name extends 'message.send' | 'custom_event.send'>(
    command: Name,
    request: Omit<Request<Name>, 'idempotencyKey'>,
  ): Promise<Sent> {
    const { conversationId } = request as { conversationId: string };
    const pending = { idempotencyKey: uniqueKey(), command, conversationId, request, createdAt: Date.now() };
    return (await this.outbox.send(pending)) as Sent;
  }

  private hear(name: string, payload: unknown): void {
    if (name === 'session.ready') this.ready(payload as ClientEvents['session.ready']);
    const { conversationId, seq, id } = payload as { conversationId?: unknown; seq?: unknown; id?: unknown };
    const isOfTimeline = typeof conversationId === 'string' && typeof seq === 'number';
    if (isOfTimeline) {
      const isRepeated = this.recent.has(String(id));
      // A broadcast may come late, after other events of a service that the user is not subscribed to.
      if (!this.positions.advance(conversationId, seq) && isRepeated) return;
      this.recent.add(String(id));
      this.emitter.emit('event', payload as TimelineEvent);
    }
    this.emitter.emit(name as keyof ClientEvents, payload);
  }

  private ready({ conversations }: ClientEvents['session.ready']): void {
    for (const { conversationId, seq, state, tooFarBehind } of conversations) {
      const fromSeq = this.positions.of(conversationId);
      this.positions.advance(conversationId, seq);
      if (tooFarBehind) this.emitter.emit('gap', { conversationId, fromSeq, toSeq: seq });
      if (state === 'left') this.positions.forget(conversationId);
    }
    this.positions.keep();
    this.outbox.online();
  }

  private restClient(url: string): OpenApiClient<paths> {
    const rest = createRestClient<paths>({ baseUrl: url });
    rest.use({
      onRequest: async ({ request }) => {
        request.headers.set('authorization', `Bearer ${await this.tokens.current()}`);
        if (request.method !== 'GET' && !request.headers.has('idempotency-key')) {
          request.headers.set('idempotency-key', uniqueKey());
        }
        return request;
      },
      onResponse: ({ response }) => {
        if (response.status === 401) this.tokens.forget();
      },
    });
    return rest;
  }
}
