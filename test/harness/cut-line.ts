import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

/** A line to a gateway that a test can cut: whatever is on its way then is lost in both directions. */
export class CutLine {
  private readonly pairs = new Set<Socket>();
  private isCut = false;

  private constructor(
    private readonly server: Server,
    private target: URL,
  ) {
    server.on('connection', (client) => {
      this.join(client);
    });
  }

  static async to(url: string): Promise<CutLine> {
    const server = createServer();
    const line = new CutLine(server, new URL(url));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return line;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  /** Ends every connection, and lets none through until it is mended. */
  cut(): void {
    this.isCut = true;
    for (const socket of this.pairs) socket.destroy();
  }

  /** Perhaps to another gateway. */
  mend(url?: string): void {
    if (url !== undefined) this.target = new URL(url);
    this.isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket): void {
    if (this.isCut) {
      client.destroy();
      return;
    }
    const gateway = connect(Number(this.target.port), this.target.hostname);
    for (const [one, other] of [
      [client, gateway],
      [gateway, client],
    ] as const) {
      this.pairs.add(one);
      one.pipe(other);
      // An end that was cut off is what this is for.
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.pairs.delete(one);
        other.destroy();
      });
    }
  }
}
