import type { Server } from 'node:http';
import { Socket } from 'node:net';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomStrategy } from '@nestjs/microservices';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NatsConnection as Connection } from '@nats-io/transport-node';
import { AnsweringServer } from './bus/answering-server.js';
import type { BusErrors } from './bus/bus.js';
import { InFlight, longestAnswer } from './bus/in-flight.js';
import { natsOptions } from './bus/nats-connection.js';
import { ConfigurationError, type BaseSettings, type DatabaseSettings } from './configuration.js';
import { Log, NestLog } from './log.js';
import { PlatformModule } from './platform.module.js';

export interface AppOptions {
  /** Name of the app; also its queue group, so that replicas share the questions. */
  readonly name: string;
  readonly module: Type | DynamicModule;
  readonly settings: BaseSettings & Partial<DatabaseSettings>;
  readonly errors: BusErrors;
  /** Port to listen on; the private port unless the app has a public door. */
  readonly port?: number;
  /** Last touches before it listens. */
  readonly prepare?: (app: NestExpressApplication, log: Log) => Promise<void> | void;
  /** Ends connections that would never end by themselves; nobody new comes in any more. */
  readonly drain?: (app: NestExpressApplication) => Promise<void>;
}

@Module({})
class RootModule {}

/**
 * Runs one app until SIGTERM, SIGINT, or the end of the pipe from its parent: opens in order, closes in reverse. A failure
 * during start-up is one line on standard error and exit code 1.
 */
export async function runApp(readOptions: () => AppOptions): Promise<void> {
  try {
    await start(readOptions());
  } catch (error) {
    const text =
      error instanceof ConfigurationError
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error);
    process.stderr.write(`${text}\n`);
    process.exit(1);
  }
}

async function start({ name, module, settings, errors, port, prepare, drain }: AppOptions): Promise<void> {
  const log = Log.create(name, settings.HOOKLINE_LOG_LEVEL);
  let isRunning = false;
  const stopping = stopRequest(settings.HOOKLINE_PARENT_PIPE);
  // Before there is anything to close, asking is enough.
  void stopping.then(() => {
    if (!isRunning) process.exit(0);
  });
  const platform = PlatformModule.forApp({
    ...{ name, settings, errors, log },
    isPublic: port !== undefined,
  });
  const app = await NestFactory.create<NestExpressApplication>(
    { module: RootModule, imports: [platform, module] },
    // The bytes of a parsed body stay beside it: some protocols give back what was written.
    { bodyParser: false, rawBody: true, logger: new NestLog(log.child('nest')), abortOnError: false },
  );
  const answering = app.connectMicroservice<CustomStrategy>(
    { strategy: new AnsweringServer(name, natsOptions(settings.NATS_URL, `${name}-answers`)) },
    { inheritAppConfig: false },
  );
  const door = new Door(app.getHttpServer());
  await prepare?.(app, log);
  // Whatever has to be there before the first question is: answering begins after every module has been initialised.
  await app.init();
  await app.startAllMicroservices();
  // Only now has the server taken the subscriptions: questions find this replica from here on.
  await answering.unwrap<Connection>().flush();
  await app.listen(port ?? settings.HOOKLINE_PRIVATE_PORT, settings.HOOKLINE_HOST);
  log.info({ url: await app.getUrl(), pid: process.pid }, 'listening');
  isRunning = true;
  const close = async (): Promise<void> => {
    door.close();
    await drain?.(app);
    await door.closed();
    await app.close();
  };
  void stopping.then((reason) => stop(close, log, reason));
}

/**
 * How long (ms) a connection is kept on which nothing is asked. Longer than proxies and load balancers keep theirs, usually 60 s:
 * the one that ends it must not be this side, or a request on its way meets a closed connection.
 */
const idleConnection = 75_000;

/** The HTTP server, which stops without leaving a request unanswered. */
class Door {
  private readonly requests = new InFlight();
  private isClosing = false;

  constructor(private readonly server: Server) {
    server.keepAliveTimeout = idleConnection;
    server.prependListener('request', (_request, response) => {
      this.requests.enter();
      response.once('close', () => {
        this.requests.leave();
      });
      // Otherwise a connection that is kept in use would keep the server open.
      if (this.isClosing) response.setHeader('Connection', 'close');
    });
  }

  /** New connections are refused from now on. */
  close(): void {
    this.isClosing = true;
    this.server.close();
  }

  /** Resolves when every request that came in is answered, and nobody is connected. */
  async closed(): Promise<void> {
    await this.requests.idle(longestAnswer);
    this.server.closeAllConnections();
  }
}

/** Longer than the answers that may be owed; after that nothing is waited for (ms). */
const longestStop = 20_000;

/** Why the app is to stop, as soon as somebody says so. */
function stopRequest(parentPipe: number | undefined): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        resolve(signal);
      });
    }
    if (parentPipe === undefined) return;
    // The parent never writes: the end of the pipe is its death, by whatever signal.
    const pipe = new Socket({ fd: parentPipe, readable: true, writable: false });
    pipe.on('error', () => undefined);
    pipe.once('close', () => {
      resolve('parent is gone');
    });
    pipe.resume();
    pipe.unref();
  });
}

async function stop(close: () => Promise<void>, log: Log, reason: string): Promise<void> {
  log.info({ reason }, 'stopping');
  setTimeout(() => {
    log.error({}, 'could not stop in time');
    process.exit(1);
  }, longestStop).unref();
  try {
    await close();
    process.exit(0);
  } catch (error) {
    log.error({ error }, 'could not stop cleanly');
    process.exit(1);
  }
}
