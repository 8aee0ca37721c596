import { io, type Socket } from 'socket.io-client';
import type { WireError } from '#contracts/errors.js';
import type { TimelineEvent } from '#contracts/event.js';
import type { MessageContent } from '#contracts/message-content.js';
import type { JsonValue } from '#contracts/json-value.js';
import type { ReceiptUpdate } from '#contracts/receipts.js';
import type {
  ClientToServerEvents,
  HandshakeAuth,
  ListEventsAcknowledgement,
  SendAcknowledgement,
  ServerToClientEvents,
  SessionReady,
  SocketAnswer,
} from '#contracts/sockets.js';
import type { Documents } from './documents.js';

type NativeSocket = Socket<ServerToClientEvents, ClientToServerEvents>;
type Accepted = Extract<SendAcknowledgement, { eventId: string }>;

export interface Heard {
  readonly name: string;
  readonly payload: unknown;
}

interface Somewhere {
  readonly id: string;
}

interface RawSocket {
  pause(): void;
  resume(): void;
  send(text: string, ...options: unknown[]): void;
  terminate(): void;
}

const acknowledgementTime = 30_000;
/** Of the protocol below: the answer to a ping. */
const pong = '3';

/** The server refused the connection. */
export class ConnectionRefused extends Error {
  constructor(readonly error: WireError) {
    super(error.code);
  }
}

/** A connected socket.io client that records everything it hears. */
export class Client {
  readonly heard: Heard[] = [];

  private constructor(
    private readonly socket: NativeSocket,
    readonly gatewayUrl: string,
    private readonly documents?: Documents,
  ) {
    socket.onAny((name: string, payload: unknown) => {
      this.heard.push({ name, payload });
      documents?.heard(name, payload);
    });
  }

  /**
   * Resolves when everything missed has been delivered.
   *
   * @param documents what it hears is compared with them
   * @param headers of the request that opens the connection
   * @throws ConnectionRefused
   */
  static async connect(
    gatewayUrl: string,
    auth: HandshakeAuth,
    documents?: Documents,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Client> {
    const socket: NativeSocket = io(gatewayUrl, {
      auth,
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      extraHeaders: { ...headers },
    });
    const client = new Client(socket, gatewayUrl, documents);
    await new Promise<void>((resolve, reject) => {
      socket.once('session.ready', () => {
        resolve();
      });
      socket.once('session.closing', (error) => {
        reject(new ConnectionRefused(error));
      });
      socket.once('connect_error', (error) => {
        const { data } = error as Error & { data?: WireError };
        if (data !== undefined) documents?.refused(data);
        reject(data === undefined ? error : new ConnectionRefused(data));
      });
    });
    return client;
  }

  get isConnected(): boolean {
    return this.socket.connected;
  }

  private get webSocket(): RawSocket {
    const { transport } = this.socket.io.engine as unknown as {
      transport: { ws: RawSocket };
    };
    return transport.ws;
  }

  /** Why the server has ended the session; undefined while it has not. */
  get closing(): WireError | undefined {
    return this.heard.find(({ name }) => name === 'session.closing')?.payload as WireError | undefined;
  }

  get ready(): SessionReady {
    return this.heard.find(({ name }) => name === 'session.ready')!.payload as SessionReady;
  }

  /** The timeline's events in the order heard, of one conversation or of all. */
  events(conversation?: Somewhere): TimelineEvent[] {
    return this.heard
      .filter(({ name }) => /^(?:(?:message|member|custom)[.:]|receipt\.(?:delivered|read)$)/.test(name))
      .map(({ payload }) => payload as TimelineEvent)
      .filter(({ conversationId }) => conversation === undefined || conversationId === conversation.id);
  }

  /** Last seq heard per conversation: what a client says to resume. */
  positions(): Record<string, number> {
    return Object.fromEntries(this.events().map(({ conversationId, seq }) => [conversationId, seq]));
  }

  send(
    { id: conversationId }: Somewhere,
    content: string | MessageContent | { readonly type: 'binary'; readonly data: Uint8Array },
    idempotencyKey?: string,
  ): Promise<SendAcknowledgement> {
    return this.call('message.send', {
      conversationId,
      content: contentOf(content),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    });
  }

  sendCustom(
    { id: conversationId }: Somewhere,
    name: string,
    data: JsonValue,
    idempotencyKey?: string,
  ): Promise<SendAcknowledgement> {
    return this.call('custom_event.send', {
      conversationId,
      name,
      data,
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    });
  }

  listEvents(
    { id: conversationId }: Somewhere,
    options: { cursor?: string; limit?: number; order?: 'ascending' | 'descending' } = {},
  ): Promise<ListEventsAcknowledgement> {
    return this.call('events.list', { conversationId, ...options });
  }

  acknowledge(
    { id: conversationId }: Somewhere,
    receipt: { readonly delivered?: number; readonly read?: number },
  ): Promise<SocketAnswer<'receipt.send'>> {
    return this.call('receipt.send', { conversationId, ...receipt });
  }

  /** What was heard of a conversation's receipts, notice by notice. */
  receipts({ id }: Somewhere): ReceiptUpdate['receipts'][] {
    return this.heard
      .filter(({ name }) => name === 'receipt.updated')
      .map(({ payload }) => payload as ReceiptUpdate)
      .filter(({ conversationId }) => conversationId === id)
      .map(({ receipts }) => receipts);
  }

  /** Any command with anything in it. */
  async call<Answer>(command: keyof ClientToServerEvents, request: unknown): Promise<Answer> {
    const socket = this.socket as unknown as Socket;
    const answer: unknown = await socket.timeout(acknowledgementTime).emitWithAck(command, request);
    this.documents?.acknowledged(command, answer);
    return answer as Answer;
  }

  /** Says something without waiting for an answer. */
  emit(name: string, ...parts: unknown[]): void {
    (this.socket as unknown as Socket).emit(name, ...parts);
  }

  /** As a client that hangs: it stays connected, and what it is sent stays unread. */
  stopReading(): void {
    this.webSocket.pause();
  }

  readOn(): void {
    this.webSocket.resume();
  }

  /** As one whose line is dead in one direction: it answers no ping any more. */
  ignorePings(): void {
    const { webSocket } = this;
    const send = webSocket.send.bind(webSocket);
    webSocket.send = (text, ...options) => {
      if (text !== pong) send(text, ...options);
    };
  }

  /** Anything as a packet of the protocol below. */
  sendRaw(text: string): void {
    this.webSocket.send(text);
  }

  disconnect(): void {
    this.socket.disconnect();
  }

  /** Its connection ends without a word. */
  vanish(): void {
    this.webSocket.terminate();
  }
}

/** The acknowledgement of something that was stored. @throws when it was not */
export function stored(acknowledgement: SendAcknowledgement): Accepted {
  if (!('eventId' in acknowledgement)) throw new Error(`not stored: ${JSON.stringify(acknowledgement)}`);
  return acknowledgement;
}

export function contentOf<Content extends object>(content: string | Content): Content | MessageContent {
  return typeof content === 'string' ? { type: 'text', text: content } : content;
}
