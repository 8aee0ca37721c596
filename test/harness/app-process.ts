import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { eventually, Hopeless } from './eventually.js';

export type AppName = 'gateway' | 'conversation' | 'hook-engine' | 'webhook-delivery' | 'push-notification';

/** Patience (ms), for machines that are busy with more than this: less than a test or a hook may take. */
const startTime = 100_000;
const stopTime = 15_000;

/** One replica of an app as a process of its own, started from the build like in production. */
export class AppProcess {
  private child: ChildProcess | undefined;
  private ended: Promise<number | null> = Promise.resolve(null);
  private starts = 0;
  private address: string | undefined;

  constructor(
    readonly name: AppName,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly logPrefix: string,
  ) {}

  get pid(): number {
    if (this.child?.pid === undefined) throw new Error(`${this.name} is not running`);
    return this.child.pid;
  }

  /** Where it listens: a gateway for its clients, the others for their health checks. */
  get url(): string {
    if (this.address === undefined) throw new Error(`${this.name} is not running`);
    return this.address;
  }

  /**
   * Resolves when it can take traffic. After `kill` or `stop` it starts anew, with another pid and port.
   *
   * @param settings for this start alone, by the name of their environment variable
   */
  async start(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    this.starts += 1;
    const logFile = `${this.logPrefix}.${String(this.starts)}.log`;
    const log = openSync(logFile, 'a');
    const main = fileURLToPath(new URL(`../../dist/apps/${this.name}/main.js`, import.meta.url));
    // The pipe is the leash: when this process is gone, however it went, the app sees its end and stops.
    const child = spawn(process.execPath, ['--enable-source-maps', main], {
      env: {
        PATH: process.env['PATH'],
        // Apps start again and again: what was compiled once is not compiled anew.
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
        ...this.environment,
        ...settings,
        HOOKLINE_PARENT_PIPE: '3',
      },
      stdio: ['ignore', log, log, 'pipe'],
    });
    closeSync(log);
    this.child = child;
    this.ended = new Promise((resolve) => {
      child.once('exit', resolve);
    });
    const address = await eventually(() => listeningAt(this.name, child, logFile), startTime);
    this.address = address;
    await eventually(async () => {
      const { status } = await fetch(`${address}/health/ready`);
      if (status !== 200) throw new Error(`${this.name} is not ready`);
    }, startTime);
  }

  /**
   * In good order, as at a deployment.
   *
   * @returns the exit code; null when it did not end in time and was killed
   */
  async stop(): Promise<number | null> {
    const overdue = setTimeout(() => this.child?.kill('SIGKILL'), stopTime);
    const code = await this.end('SIGTERM');
    clearTimeout(overdue);
    return code;
  }

  /** As by a crash: nothing is said and nothing put in order. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    this.child?.kill(signal);
    const code = await this.ended;
    this.child = undefined;
    this.address = undefined;
    return code;
  }
}

function listeningAt(name: string, child: ChildProcess, logFile: string): string {
  const log = readFileSync(logFile, 'utf8');
  const url = /"url":"([^"]+)".*"msg":"listening"/.exec(log)?.[1];
  if (url !== undefined) return url;
  if (child.exitCode !== null || child.signalCode !== null)
    throw new Hopeless(`${name} ended:\n${log.slice(-4_000)}`);
  throw new Error(`${name} does not listen yet:\n${log.slice(-4_000)}`);
}
