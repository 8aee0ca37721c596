import { connect, type ConnectionOptions, type NatsConnection as Connection } from '@nats-io/transport-node';
import type { Log } from '../log.js';

/** NATS takes credentials as options, not in the URL; here they may stand in either. Reconnects for ever. */
export function natsOptions(url: string, name: string): ConnectionOptions {
  const { host, username, password, protocol } = new URL(url);
  return {
    servers: host,
    name,
    ...(username && { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
    ...(protocol === 'tls:' && { tls: {} }),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 100,
    pingInterval: 5_000,
    maxPingOut: 2,
    ignoreAuthErrorAbort: true,
    // Two stack traces per question, which cost more than the rest of it.
    noAsyncTraces: true,
  };
}

/** The app's own connection: questions, live subjects, JetStream. */
export class NatsConnection {
  private readonly reconnectListeners: (() => void)[] = [];
  private connected = true;

  private constructor(
    readonly connection: Connection,
    private readonly log: Log,
  ) {}

  static async open(url: string, name: string, log: Log): Promise<NatsConnection> {
    const opened = new NatsConnection(await connect(natsOptions(url, name)), log);
    void opened.watch();
    return opened;
  }

  /** False from the loss of the server until it is back. */
  get isConnected(): boolean {
    return this.connected;
  }

  /** Called after every reconnect: messages may have been missed meanwhile. */
  onReconnect(listener: () => void): void {
    this.reconnectListeners.push(listener);
  }

  /** @throws when the server does not answer */
  async check(): Promise<void> {
    await this.connection.rtt();
  }

  async close(): Promise<void> {
    // While the server is away there is nothing to drain.
    await this.connection.drain().catch(() => this.connection.close());
  }

  private async watch(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'disconnect') {
        this.connected = false;
        this.log.warn({}, 'NATS connection lost');
      }
      if (status.type === 'reconnect') {
        this.connected = true;
        this.log.info({}, 'NATS connection is back');
        for (const listener of this.reconnectListeners) listener();
      }
    }
  }
}
