import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { eventually } from '../harness/eventually.js';

/** The keys of an application at LeanCloud, as a hook server is configured with them. */
export interface EngineKeys {
  readonly applicationId: string;
  readonly applicationKey: string;
  readonly masterKey: string;
  readonly hookKey: string | null;
}

export const keys: EngineKeys = {
  applicationId: 'engine-application',
  applicationKey: 'engine-application-key',
  masterKey: 'engine-master-key',
  hookKey: 'engine-hook-key',
};

type Parameters = Record<string, unknown>;

/** What the package gives a hook's function: of the parameters, those that the tests' functions use. */
interface EngineRequest {
  readonly params: {
    readonly fromPeer: string;
    readonly content: string;
    readonly members: readonly string[];
    readonly initBy: string | null;
    readonly attr: Readonly<Record<string, unknown>>;
    readonly recall: boolean;
  };
  readonly meta: { readonly remoteAddress: string };
}
type Handler = (request: EngineRequest, response: { success(result?: unknown): void }) => unknown;

/** By the names of the package's own methods, such as `onIMMessageReceived`. */
type Handlers = Readonly<Record<`on${string}`, Handler>>;

interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  readonly status: number;
}

/** A hook server that runs the unmodified package `leanengine`, in a process of its own. */
export class LeanEngine {
  readonly exchanges: Exchange[] = [];

  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {
    child.on('message', (message: { exchange?: Exchange }) => {
      if (message.exchange !== undefined) this.exchanges.push(message.exchange);
    });
  }

  /** @param port 0: any */
  static async start(
    handlers: Handlers,
    { applicationId, applicationKey, masterKey, hookKey }: EngineKeys = keys,
    port = 0,
  ): Promise<LeanEngine> {
    const main = fileURLToPath(new URL('lean-engine.mjs', import.meta.url));
    const child = fork(main, {
      env: {
        PORT: String(port),
        LEANCLOUD_APP_ID: applicationId,
        LEANCLOUD_APP_KEY: applicationKey,
        LEANCLOUD_APP_MASTER_KEY: masterKey,
        ...(hookKey !== null && { LEANCLOUD_APP_HOOK_KEY: hookKey }),
      },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const listening = await said<{ port: number }>(child, 'port');
    const engine = new LeanEngine(child, listening.port);
    await engine.define(handlers);
    return engine;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  /** Functions of which the source is all that counts: they know nothing of the test. */
  async define(handlers: Handlers): Promise<void> {
    for (const [define, handler] of Object.entries(handlers)) {
      const isDefined = said(this.child, 'defined');
      this.child.send({ define, source: String(handler) });
      await isDefined;
    }
  }

  /** What functions of this name were called with, once it is so many calls. */
  calls(name: string, count = 1): Promise<Exchange[]> {
    return eventually(() => {
      const calls = this.exchanges.filter(({ url }) => url === `/1.1/functions/${name}`);
      if (calls.length < count) throw new Error(`${name} was called ${String(calls.length)} times`);
      return calls;
    });
  }

  async parameters(name: string, count = 1): Promise<Parameters[]> {
    return (await this.calls(name, count)).map(({ body }) => JSON.parse(body) as Parameters);
  }

  async stop(): Promise<void> {
    if (this.child.signalCode !== null || this.child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
  }
}

/** @throws when the process ends before it says that */
function said<Message>(child: ChildProcess, key: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => {
      reject(new Error(`the hook server ended: ${String(code)}`));
    };
    const hear = (message: Record<string, unknown>): void => {
      if (!(key in message)) return;
      child.off('message', hear);
      child.off('exit', ended);
      resolve(message as Message);
    };
    child.on('message', hear);
    child.once('exit', ended);
  });
}
