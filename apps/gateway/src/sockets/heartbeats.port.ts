/** What of an engine.io connection is needed here. */
export interface Connection {
  /** In the third version of engine.io's protocol, clients ask and servers answer; since then it is the other way round. */
  readonly protocol?: number;
  on(event: 'packetCreate', listen: (packet: { readonly type: string }) => void): unknown;
  on(event: 'heartbeat', listen: () => void): unknown;
}

/**
 * What a client has got. It reads in order, and answers a ping (every 25 s) when it has read it: so by its answer it has read
 * whatever was sent before the ping. One that asks itself asks again when it has read the answer to its last ping.
 */
export class Heartbeats {
  /** Since the last ping, or the answer to one. */
  private waiting: (() => void)[] = [];
  /** Before it. */
  private pinged: (() => void)[] = [];

  constructor(connection: Connection) {
    const asksItself = connection.protocol === 3;
    connection.on('packetCreate', ({ type }) => {
      if (type !== (asksItself ? 'pong' : 'ping')) return;
      // The answer is made before the question is told of.
      if (asksItself) this.read();
      this.pinged.push(...this.waiting);
      this.waiting = [];
    });
    if (!asksItself)
      connection.on('heartbeat', () => {
        this.read();
      });
  }

  /** Resolves when the client has read everything that it was sent until now; never, if it does not. */
  answered(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  private read(): void {
    for (const resolve of this.pinged) resolve();
    this.pinged = [];
  }
}
