import type { Server } from 'socket.io';
import type { LiveSignal } from '#contracts/ephemeral.js';
import type { TimelineEvent } from '#contracts/event.js';
import type { ReceiptUpdate } from '#contracts/receipts.js';
import type { ClientToServerEvents, ServerToClientEvents } from '#contracts/sockets.js';

type NoEvents = Record<string, never>;

interface Broadcast {
  readonly name: string;
  readonly payload: TimelineEvent | ReceiptUpdate | LiveSignal['signal']['payload'];
  readonly socketIds: string[];
}

/**
 * Emits what is live. A feed hands the same event to all its sessions in one go: it is encoded once for all of them, as a
 * broadcast to their sockets at the end of the tick. Whatever else is emitted to a socket has to `flush` first, so that
 * it hears everything in order.
 */
export class LiveEmitter {
  private pending: Broadcast[] = [];

  constructor(private readonly server: Server<ClientToServerEvents, ServerToClientEvents, NoEvents>) {}

  event(socketId: string, event: TimelineEvent): void {
    // Every type of event is heard under its own name, but for messages: seed 003 calls them so.
    this.add(socketId, event.type === 'message' ? 'message.created' : event.type, event);
  }

  receipts(socketId: string, receipts: ReceiptUpdate): void {
    this.add(socketId, 'receipt.updated', receipts);
  }

  signal(socketId: string, { name, payload }: LiveSignal['signal']): void {
    this.add(socketId, name, payload);
  }

  flush(): void {
    for (const { name, payload, socketIds } of this.pending) {
      this.emit(this.server.to(socketIds), name, payload);
    }
    this.pending = [];
  }

  private add(socketId: string, name: string, payload: Broadcast['payload']): void {
    // Only the last one may be joined: this socket may have to hear some of those in between before it, for instance what
    // its session has just caught up.
    const last = this.pending.at(-1);
    if (last?.payload === payload) {
      last.socketIds.push(socketId);
      return;
    }
    if (this.pending.length === 0) {
      queueMicrotask(() => {
        this.flush();
      });
    }
    this.pending.push({ name, payload, socketIds: [socketId] });
  }

  private emit(sockets: Pick<typeof this.server, 'emit'>, name: string, payload: Broadcast['payload']): void {
    (sockets.emit as (name: string, payload: unknown) => boolean).call(sockets, name, payload);
  }
}
