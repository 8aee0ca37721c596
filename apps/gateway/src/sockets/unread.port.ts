import { limits } from '#contracts/limits.js';

/** What of an engine.io connection is needed here. */
export interface Connection {
  readonly transport: { readonly writable: boolean };
  on(event: 'packetCreate', listen: (packet: { readonly data?: unknown }) => void): unknown;
  on(event: 'drain' | 'close', listen: () => void): unknown;
}

/**
 * What waits in this process because a client has not read what it was sent before. At most `unreadPackets` packets or
 * `unreadBytes` bytes wait, and as much again is being written: whoever reads too slowly is cut off, and resumes.
 */
export class Unread {
  private packets = 0;
  private bytes = 0;
  private isOver = false;
  /** Who is next to be given room, once something was read. */
  private waiting: (() => void) | null = null;
  /** One after the other: the next is not let through before what the one before it emits is counted. */
  private turn: Promise<unknown> = Promise.resolve();

  /** @param overflow called once, at the end of the tick in which too much waits */
  constructor(connection: Connection, overflow: () => void) {
    connection.on('packetCreate', ({ data }) => {
      // Most go out at once, and cost no more than this question.
      if (connection.transport.writable) return;
      this.packets += 1;
      this.bytes += sizeOf(data);
      if (this.isOver || (this.packets <= limits.unreadPackets && this.bytes <= limits.unreadBytes)) return;
      this.isOver = true;
      queueMicrotask(overflow);
    });
    connection.on('drain', () => {
      this.packets = 0;
      this.bytes = 0;
      this.release();
    });
    connection.on('close', () => {
      this.isOver = true;
      this.release();
    });
  }

  /** So much waits that nothing should be added that can be left out. */
  get isBehind(): boolean {
    return this.packets > limits.unreadPackets / 4 || this.bytes > limits.unreadBytes / 4;
  }

  /**
   * Resolves when there is room for a page of history, or the connection is over. Asked anew for every page, which is to be
   * emitted before this turn of the event loop is over.
   */
  room(): Promise<void> {
    const mine = this.turn.then(() => this.drained());
    this.turn = mine.then(() => new Promise((resolve) => setImmediate(resolve)));
    return mine;
  }

  private async drained(): Promise<void> {
    while (!this.isOver && this.isBehind) {
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
    }
  }

  private release(): void {
    this.waiting?.();
    this.waiting = null;
  }
}

function sizeOf(data: unknown): number {
  if (typeof data === 'string') return Buffer.byteLength(data);
  return data instanceof Uint8Array ? data.byteLength : 0;
}
