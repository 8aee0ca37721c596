import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedPost {
  /** Header `webhook-id`. */
  readonly id: string;
  readonly body: string;
  readonly headers: Record<string, string>;
}

/** A receiver of webhooks that answers when it is told to. */
export class HeldReceiver {
  received: ReceivedPost[] = [];
  /** What it answers, one after the other; 204 afterwards. */
  answers: number[] = [];
  private held: ServerResponse[] | undefined;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const headers = request.headers as Record<string, string>;
        const body = Buffer.concat(chunks).toString('utf8');
        this.received.push({ id: headers['webhook-id'] ?? '', body, headers });
        if (this.held === undefined) this.answer(response);
        else this.held.push(response);
      });
    });
  }

  static async start(): Promise<HeldReceiver> {
    const receiver = new HeldReceiver();
    await new Promise<void>((resolve) => {
      receiver.server.listen(0, '127.0.0.1', resolve);
    });
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}/`;
  }

  /** POSTs that wait for an answer. */
  get waiting(): number {
    return this.held?.length ?? 0;
  }

  /** From now on nobody is answered. */
  hold(): void {
    this.held ??= [];
  }

  /** Whoever waits is answered, and whoever comes. */
  release(): void {
    const waiting = this.held ?? [];
    this.held = undefined;
    for (const response of waiting) this.answer(response);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(response: ServerResponse): void {
    response.writeHead(this.answers.shift() ?? 204).end();
  }
}
