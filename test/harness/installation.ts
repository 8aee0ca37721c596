import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { busErrors } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { Bus, type BusCall } from '#platform/bus/bus.js';
import { NatsConnection } from '#platform/bus/nats-connection.js';
import { Log } from '#platform/log.js';
import type { TestApplication, TestUser } from './application.js';
import type { Client } from './client.js';
import { eventually } from './eventually.js';
import type { Tables } from './tables.js';
import { TestPlatform } from './test-platform.js';

const silent = Log.create('test', 'silent');

/** A platform whose tables and files a test may look into. */
export abstract class Installation extends TestPlatform {
  abstract readonly database: Tables;
  abstract readonly nats: { readonly url: string };
  /** Has all files of the installation, but for PostgreSQL's. */
  protected abstract readonly path: string;

  /** Where the gateways keep the bytes of files. */
  get filesFolder(): string {
    return join(this.path, 'files');
  }

  /** Log files, of apps that have ended too, and files of nats-server in which the text stands. */
  filesWith(text: string): string[] {
    return readdirSync(this.path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => contentOf(file).includes(text));
  }

  /** What the apps have logged with this message, of apps that have ended too. */
  logged(message: string): Record<string, unknown>[] {
    return this.filesWith(message)
      .filter((file) => file.endsWith('.log'))
      .flatMap((file) => contentOf(file).toString('utf8').split('\n'))
      .filter((line) => line.includes(message))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Asks an app what nobody can ask from outside. */
  async ask<Question, Answer>(call: BusCall<Question, Answer>, question: Question): Promise<Answer> {
    const connection = await NatsConnection.open(this.nats.url, 'test', silent);
    try {
      return await new Bus(connection, busErrors, silent).ask(call, question);
    } finally {
      await connection.close();
    }
  }

  /**
   * Resolves when the durable consumers have taken over every event, of the application or of all, so that rows only change
   * by what comes next.
   */
  async settled(application?: TestApplication): Promise<void> {
    await eventually(async () => {
      const behind = await this.database.unconsumed(application?.id);
      if (behind > 0) throw new Error(`${String(behind)} conversations are not handed over yet`);
    });
  }

  /**
   * Resolves when nothing is on its way to anybody any more: before whole tables are compared with what they were.
   *
   * @param within ms
   */
  async idle(within?: number): Promise<void> {
    await eventually(async () => {
      const unfinished = await this.database.unfinished();
      if (unfinished.length > 0) throw new Error(`not handed over yet: ${unfinished.join(', ')}`);
    }, within);
  }

  /** As if the gateway of this client had not renewed its lease for as long as that lasts: it is to be killed before. */
  async endLease({ ready }: Client): Promise<void> {
    await this.database.sql(
      `UPDATE conversation.gateway_lease SET renewed_at = renewed_at - $2::float8 * interval '1 millisecond'
       WHERE incarnation = (SELECT incarnation FROM conversation.session WHERE id = $1::uuid)`,
      ready.sessionId,
      String(limits.leaseDuration),
    );
  }

  /** Resolves when the platform knows that the user has no open session. */
  async offline({ id, application }: TestUser): Promise<void> {
    await eventually(async () => {
      const sessions = await this.database.sql(
        'SELECT FROM conversation.session WHERE application_id = $1 AND user_id = $2 AND closed_at IS NULL',
        application.id,
        id,
      );
      if (sessions.length > 0) throw new Error(`${id} is still online`);
    });
  }
}

/** Of a file that may be removed meanwhile: others use the same platform. */
function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
