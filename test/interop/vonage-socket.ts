import { io, type Socket } from 'socket.io-client';
import { v4 as uuidv4 } from 'uuid';
import { eventually } from '../harness/eventually.js';

/** What sockets hear, as far as tests look at it. */
export interface Payload {
  readonly rid?: string;
  readonly id?: number;
  readonly cid?: string;
  readonly from?: string;
  readonly code?: string;
  readonly description?: string;
  readonly body: Record<string, unknown>;
  readonly timestamp?: string;
  readonly application_id?: string;
  readonly _embedded?: { readonly from_user?: { name?: string }; readonly from_member?: { id?: string } };
}

export interface Told {
  readonly name: string;
  readonly payload: Payload;
  /** The platform asks to be told that it was heard. */
  readonly wantsAcknowledgement: boolean;
}

export type SocketPath = '/rtc/' | '/v2/rtc/';

/** A socket.io client that knows Vonage's protocol no better than what its test says. */
export class VonageSocket {
  /** Everything, in order. */
  readonly told: Told[] = [];
  /** As it was on the line. */
  readonly raw: string[] = [];
  /** Why the connection has ended, by socket.io's word for it. */
  readonly ended: Promise<string>;

  private constructor(private readonly socket: Socket) {
    this.ended = new Promise((resolve) => socket.once('disconnect', resolve));
    socket.onAny((name: string, ...parts: unknown[]) => {
      const acknowledge = parts.at(-1);
      const wantsAcknowledgement = typeof acknowledge === 'function';
      this.told.push({ name, payload: parts[0] as Payload, wantsAcknowledgement });
      if (wantsAcknowledgement) (acknowledge as () => void)();
    });
  }

  /** Connected, whatever comes of it. */
  static async connect(
    url: string,
    query: Readonly<Record<string, string>> = {},
    path: SocketPath = '/v2/rtc/',
  ): Promise<VonageSocket> {
    const socket = io(url, { path, query, transports: ['websocket'], reconnection: false, forceNew: true });
    const connected = new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    const client = new VonageSocket(socket);
    socket.io.engine.on('packet', ({ data }: { data?: unknown }) => {
      if (typeof data === 'string') client.raw.push(data);
    });
    await connected;
    return client;
  }

  /** Logged in, as packages since 9 do it. @throws when it is refused */
  static async login(
    url: string,
    token: string,
    query: Readonly<Record<string, string>> = {},
    path?: SocketPath,
  ): Promise<VonageSocket> {
    const client = await VonageSocket.connect(url, { token, ...query }, path);
    const [first] = await client.hears(1);
    if (first!.name !== 'session:success') throw new Error(JSON.stringify(first));
    return client;
  }

  get isConnected(): boolean {
    return this.socket.connected;
  }

  get sessionId(): string {
    return String(this.named('session:success')[0]!.body['id']);
  }

  /** Says something, and gets what it is answered. */
  async ask(name: string, body: object): Promise<Told> {
    const tid = uuidv4();
    this.socket.emit(name, { tid, body });
    return eventually(() => {
      const answer = this.told.find(({ payload }) => payload.rid === tid);
      if (answer === undefined) throw new Error(`${name} is not answered: ${JSON.stringify(this.told)}`);
      return answer;
    });
  }

  emit(name: string, ...parts: unknown[]): void {
    this.socket.emit(name, ...parts);
  }

  /** Everything of this name so far. */
  named(name: string): Payload[] {
    return this.told.filter((told) => told.name === name).map(({ payload }) => payload);
  }

  /** Resolves with everything when it is so much. */
  hears(count: number): Promise<readonly Told[]> {
    return eventually(() => {
      if (this.told.length < count) throw new Error(`heard: ${JSON.stringify(this.told)}`);
      return this.told;
    });
  }

  /** Resolves with everything of this name when it is so much. */
  hearsNamed(name: string, count = 1): Promise<Payload[]> {
    return eventually(() => {
      const found = this.named(name);
      if (found.length < count) throw new Error(`no ${name}: ${JSON.stringify(this.told)}`);
      return found;
    });
  }

  /** What was pushed of a conversation, in order. */
  pushed(conversationId: string): Told[] {
    return this.told.filter(({ payload }) => payload.cid === conversationId);
  }

  /** As a client that hangs: it stays connected, and what it is sent stays unread. */
  stopReading(): void {
    this.webSocket.pause();
  }

  readOn(): void {
    this.webSocket.resume();
  }

  close(): void {
    this.socket.disconnect();
  }

  /** Its connection ends without a word. */
  vanish(): void {
    this.webSocket.terminate();
  }

  private get webSocket(): { pause(): void; resume(): void; terminate(): void } {
    const { transport } = this.socket.io.engine as unknown as {
      transport: { ws: { pause(): void; resume(): void; terminate(): void } };
    };
    return transport.ws;
  }
}
