import { setTimeout as wait } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import type { WireError } from '#contracts/errors.js';
import type { TimelineEvent } from '#contracts/event.js';
import type { SendAcknowledgement, SessionReady } from '#contracts/sockets.js';
import type { TestUser } from '../harness/application.js';
import type { Random } from './random.js';
import type { ClientRecord, HeardEvent, Span } from './records.js';

export interface Gateway {
  readonly name: string;
  readonly url: string;
  readonly isUp: () => boolean;
}

interface ClientOptions {
  readonly name: string;
  readonly user: TestUser;
  /** Which gateways it connects to, in turn. */
  readonly gateways: readonly Gateway[];
  readonly random: Random;
}

const connectionTime = 25_000;
const acknowledgementTime = 20_000;

/** A client that always comes back, resumes by the last seq it has heard, and remembers everything. */
export class ChaosClient implements ClientRecord {
  readonly heard: HeardEvent[] = [];
  readonly spans: Span[] = [];
  readonly skipped: { conversationId: string; from: number; to: number }[] = [];
  readonly closings: { readonly at: number; readonly reason: WireError }[] = [];
  connections = 0;
  private readonly positions = new Map<string, number>();
  private socket: Socket | undefined;
  private ended: PromiseWithResolvers<void> = Promise.withResolvers();
  private isStopped = true;
  private life: Promise<void> = Promise.resolve();

  constructor(private readonly options: ClientOptions) {}

  get name(): string {
    return this.options.name;
  }

  get user(): TestUser {
    return this.options.user;
  }

  get isReady(): boolean {
    return this.spans.at(-1)?.readyAt !== undefined && this.socket?.connected === true;
  }

  get isStarted(): boolean {
    return !this.isStopped;
  }

  /** The last seq that it has heard of a conversation; 0: nothing. */
  positionIn(conversationId: string): number {
    return this.positions.get(conversationId) ?? 0;
  }

  start(): void {
    if (this.isStarted) throw new Error('it lives only once');
    this.isStopped = false;
    this.life = this.live();
  }

  /** Says goodbye: what was sent to it before counts as given. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.socket?.disconnect();
    this.ended.resolve();
    await this.life;
  }

  /** Is gone without a word; `start` brings it back. */
  async vanish(): Promise<void> {
    this.isStopped = true;
    this.drop();
    await this.life;
  }

  /** As a phone that loses its network: it comes back by itself. */
  drop(): void {
    if (this.socket !== undefined) cutLine(this.socket);
    this.ended.resolve();
  }

  /** @throws when there is no acknowledgement: the outcome is unknown then */
  async call(command: string, request: unknown): Promise<SendAcknowledgement> {
    if (!this.isReady) throw new Error('not connected');
    return (await this.socket!.timeout(acknowledgementTime).emitWithAck(
      command,
      request,
    )) as SendAcknowledgement;
  }

  private async live(): Promise<void> {
    const { gateways, random } = this.options;
    for (let turn = 0; !this.isStopped; turn += 1) {
      await this.connection(gateways[turn % gateways.length]!);
      await wait(random.between(100, 500));
    }
  }

  /** Resolves when the connection has ended, however. */
  private async connection(gateway: Gateway): Promise<void> {
    const wasUp = gateway.isUp();
    this.connections += 1;
    const span: Span = { gateway: gateway.name, openedAt: Date.now() };
    this.spans.push(span);
    this.ended = Promise.withResolvers();
    const { ended } = this;
    const socket = io(gateway.url, {
      auth: { token: this.user.token, resume: Object.fromEntries(this.positions) },
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      timeout: 5_000,
    });
    this.socket = socket;
    const seen = { open: false };
    const overdue = setTimeout(() => {
      if (span.readyAt === undefined) ended.resolve();
    }, connectionTime);
    // Only then it says who it is. It may be given up before it hears that it is connected.
    socket.io.on('open', () => {
      seen.open = true;
    });
    socket.on('connect_error', () => {
      ended.resolve();
    });
    socket.on('disconnect', () => {
      ended.resolve();
    });
    this.listen(socket, span);
    await ended.promise;
    clearTimeout(overdue);
    cutLine(socket);
    span.closedAt = Date.now();
    // A gateway that was down all the time has heard nothing of the attempt.
    if (!seen.open && !wasUp && !gateway.isUp()) this.spans.pop();
  }

  private listen(socket: Socket, span: Span): void {
    const connection = this.connections;
    socket.on('session.closing', (reason: WireError) => {
      this.closings.push({ at: Date.now(), reason });
    });
    socket.on('session.ready', (ready: SessionReady) => {
      for (const { conversationId, seq, tooFarBehind } of ready.conversations) {
        if (!tooFarBehind) continue;
        this.skipped.push({ conversationId, from: this.positions.get(conversationId) ?? 0, to: seq });
        this.positions.set(conversationId, Math.max(seq, this.positions.get(conversationId) ?? 0));
      }
      span.sessionId = ready.sessionId;
      span.readyAt = Date.now();
    });
    socket.onAny((name: string, payload: unknown) => {
      if (!/^(?:(?:message|member|custom)[.:]|receipt\.(?:delivered|read)$)/.test(name)) return;
      const event = payload as TimelineEvent;
      this.heard.push({ name, event, connection, gateway: span.gateway, at: Date.now() });
      const { conversationId, seq } = event;
      this.positions.set(conversationId, Math.max(seq, this.positions.get(conversationId) ?? 0));
    });
  }
}

function cutLine(socket: Socket): void {
  const { engine } = socket.io as unknown as {
    readonly engine?: { readonly transport?: { readonly ws?: { terminate(): void } } };
  };
  engine?.transport?.ws?.terminate();
  socket.disconnect();
}
