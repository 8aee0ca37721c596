import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';

/** One request whose signature was right. */
export interface SignedCall<Body> {
  /** Header `webhook-id`. */
  readonly id: string;
  /** Header `webhook-timestamp`. */
  readonly timestamp: string;
  /** Of header `webhook-signature`, with their versions. */
  readonly signatures: readonly string[];
  /** By their names in lower case. */
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly body: Body;
  readonly text: string;
}

/** An answer that is not simply 200 with JSON. */
export class HttpAnswer {
  constructor(
    readonly status: number,
    readonly text = '',
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}
}

/** An answer of which one character comes every 200 ms, after the headers at once. */
export class SlowAnswer {
  constructor(readonly text: string) {}

  async writeTo(response: ServerResponse): Promise<void> {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    for (const character of this.text) {
      if (response.destroyed) return;
      response.write(character);
      await wait(200);
    }
    response.end();
  }
}

/** Decides what a call is answered: a value (200, JSON), an `HttpAnswer`, a `SlowAnswer`, or a promise of one. */
export type Behaviour<Body> = (call: SignedCall<Body>) => unknown;

/**
 * A customer's HTTP server for hooks or webhooks. Calls with a wrong signature are refused, and counted in `forged`
 * instead of `received`.
 */
export class SignedServer<Body> {
  readonly received: SignedCall<Body>[] = [];
  forged = 0;
  /** Its id at the platform, once registered. */
  id = '';
  private readonly secret = Promise.withResolvers<string>();
  /** Instead of the first one, once it was rotated. */
  private rotated: string | undefined;

  private constructor(
    private readonly server: Server,
    private behaviour: Behaviour<Body>,
    private readonly heard: (body: Body) => void,
  ) {}

  /** @param heard gets every body whose signature was right, before the behaviour does */
  static async start<Body>(
    behaviour: Behaviour<Body>,
    heard: (body: Body) => void,
  ): Promise<SignedServer<Body>> {
    const server = createServer();
    const signed = new SignedServer<Body>(server, behaviour, heard);
    server.on('request', (request, response) => {
      signed.answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return signed;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}/called`;
  }

  get bodies(): Body[] {
    return this.received.map(({ body }) => body);
  }

  registered({ id, secret }: { readonly id: string; readonly secret: string }): void {
    this.id = id;
    this.secret.resolve(secret);
  }

  /** From now on it verifies by another secret. */
  trust(secret: string): void {
    this.rotated = secret;
  }

  behave(behaviour: Behaviour<Body>): void {
    this.behaviour = behaviour;
  }

  /** Ends every connection, answered or not. */
  cutOff(): void {
    this.server.closeAllConnections();
  }

  async close(): Promise<void> {
    this.cutOff();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const call = await this.verified(request, text);
    if (call === undefined) {
      this.forged += 1;
      response.writeHead(401).end();
      return;
    }
    this.received.push(call);
    this.heard(call.body);
    const answer = await this.behaviour(call);
    if (answer instanceof SlowAnswer) await answer.writeTo(response);
    else if (answer instanceof HttpAnswer) response.writeHead(answer.status, answer.headers).end(answer.text);
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}));
  }

  private async verified(request: IncomingMessage, text: string): Promise<SignedCall<Body> | undefined> {
    // The first call may overtake the answer of the registration, which tells the secret.
    const secret = this.rotated ?? (await this.secret.promise);
    try {
      const body = new Webhook(secret).verify(text, request.headers as Record<string, string>) as Body;
      const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': all } = request.headers;
      const signatures = String(all).split(' ');
      const { headers } = request;
      return { id: String(id), timestamp: String(timestamp), signatures, headers, body, text };
    } catch {
      return undefined;
    }
  }
}
