import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../scripts/ports.mjs';
import { eventually } from './eventually.js';

/** The playground's own server, as `npm start` brings it. */
export class PlaygroundServer {
  private constructor(
    readonly port: number,
    private readonly folder: string,
    private stopProcess: () => Promise<void> = () => Promise.resolve(),
  ) {}

  /** Gateways have to know its place before they start. */
  static async reserve(): Promise<PlaygroundServer> {
    return new PlaygroundServer(await freePort(), mkdtempSync(join(tmpdir(), 'playground-')));
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  async start(gatewayUrl: string, installationKey: string): Promise<void> {
    const entry = fileURLToPath(new URL('../../playground/server/server.mjs', import.meta.url));
    const child = spawn(process.execPath, [entry], {
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        PORT: String(this.port),
        HOOKLINE_URL: gatewayUrl,
        HOOKLINE_INSTALLATION_KEY: installationKey,
        HOOKLINE_PARENT_PIPE: '3',
        PLAYGROUND_KEYS: join(this.folder, 'playground.json'),
        PLAYGROUND_ORIGINS: gatewayUrl,
      },
    });
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => {
        resolve();
      });
    });
    this.stopProcess = async () => {
      child.kill('SIGTERM');
      await ended;
    };
    await eventually(async () => {
      const { status } = await fetch(`${this.url}/health/ready`);
      if (status !== 200) throw new Error('the playground is not ready');
    });
  }

  async stop(): Promise<void> {
    await this.stopProcess();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
