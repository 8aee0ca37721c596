import type { Server } from 'socket.io';
import { isCustomEventType, type TimelineEvent } from '#contracts/event.js';
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
    if (event.type === 'message') sockets.emit('message.created', event);
    else if (isCustomEvent(event)) sockets.emit(event.type, event);
    else sockets.emit(event.type, event);
  }
}

function isCustomEvent(event: TimelineEvent): event is Extract<TimelineEvent, { data: unknown }> {
  return isCustomEventType(event.type);
}
