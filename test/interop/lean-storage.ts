import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { JsonValue } from '#contracts/json-value.js';
import type { TestApplication } from '../harness/application.js';

interface Settings {
  readonly applicationId: string;
  readonly applicationKey: string;
  readonly masterKey: string;
  readonly url: string;
}

/** What the package threw. */
export class StorageError extends Error {
  constructor(
    readonly code: number | null,
    message: string,
  ) {
    super(message);
  }
}

interface Outcome {
  readonly run: number;
  readonly result?: unknown;
  readonly error?: { readonly code: number | null; readonly message: string };
}

/** A server that runs the unmodified package `leancloud-storage`, in a process of its own. */
export class LeanStorage {
  private runs = 0;

  private constructor(private readonly child: ChildProcess) {}

  /** With the keys of this application, as its owner would have it, or with another master key. */
  static of(
    application: TestApplication,
    url: string,
    masterKey: string = application.keys.masterKey,
  ): Promise<LeanStorage> {
    const { id: applicationId, keys } = application;
    return LeanStorage.start({ applicationId, applicationKey: keys.appKey, masterKey, url });
  }

  private static async start({
    applicationId,
    applicationKey,
    masterKey,
    url,
  }: Settings): Promise<LeanStorage> {
    const main = fileURLToPath(new URL('lean-storage.mjs', import.meta.url));
    const child = fork(main, {
      env: {
        LEANCLOUD_APP_ID: applicationId,
        LEANCLOUD_APP_KEY: applicationKey,
        LEANCLOUD_APP_MASTER_KEY: masterKey,
        LEANCLOUD_API_SERVER: url,
      },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => {
        reject(new Error(`it ended: ${String(code)}`));
      });
    });
    return new LeanStorage(child);
  }

  /**
   * Runs one of the functions of lean-storage-work.mjs.
   *
   * @throws StorageError what it throws there
   */
  run<Result>(name: string, ...values: JsonValue[]): Promise<Result> {
    this.runs += 1;
    const run = this.runs;
    return new Promise((resolve, reject) => {
      const hear = (outcome: Outcome): void => {
        if (outcome.run !== run) return;
        this.child.off('message', hear);
        if (outcome.error === undefined) resolve(outcome.result as Result);
        else reject(new StorageError(outcome.error.code, outcome.error.message));
      };
      this.child.on('message', hear);
      this.child.send({ run, name, values });
    });
  }

  async stop(): Promise<void> {
    if (this.child.signalCode !== null || this.child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
  }
}
