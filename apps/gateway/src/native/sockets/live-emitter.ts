import type { Server } from 'socket.io';
import type { TimelineEvent } from '#contracts/event.js';
import type { ClientToServerEvents, ServerToClientEvents } from '#contracts/sockets.js';

type NoEvents = Record<string, never>;

interface Broadcast {
  readonly event: TimelineEvent;
  readonly socketIds: string[];
}

/**
 * Emits live events. A feed hands the same event to all its sessions in one go: it is encoded once for all of them, as a
 * broadcast to their sockets at the end of the tick. Whatever else is emitted to a socket has to `flush` first, so that
 * it hears everything in order.
 */
export class LiveEmitter {
  private pending: Broadcast[] = [];

  constructor(private readonly server: Server<ClientToServerEvents, ServerToClientEvents, NoEvents>) {}

  event(socketId: string, event: TimelineEvent): void {
    // Only the last one may be joined: this socket may have to hear some of those in between before it, for instance what
    // its session has just caught up.
    const last = this.pending.at(-1);
    if (last?.event === event) {
      last.socketIds.push(socketId);
      return;
    }
    if (this.pending.length === 0) {
      queueMicrotask(() => {
        this.flush();
      });
    }
    this.pending.push({ event, socketIds: [socketId] });
  }

  flush(): void {
    for (const { event, socketIds } of this.pending) this.emit(this.server.to(socketIds), event);
    this.pending = [];
  }

  private emit(sockets: Pick<typeof this.server, 'emit'>, event: TimelineEvent): void {
    // Every type of event is heard under its own name, but for messages: seed 003 calls them so.
    const name = event.type === 'message' ? 'message.created' : event.type;
    (sockets.emit as (name: string, event: TimelineEvent) => boolean).call(sockets, name, event);
  }
}
