import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import S3rver from 's3rver';
import { temporaryDataDirectory } from '../../scripts/data-directory.mjs';

const bucket = 'files';

/** An S3-compatible service with an empty bucket; signatures are the matter of storage.spec.ts. */
export class S3Server {
  /** Answers 503 to everything. */
  isAway = false;

  private constructor(
    private readonly folder: ReturnType<typeof temporaryDataDirectory>,
    private readonly server: Server,
  ) {}

  static async start(): Promise<S3Server> {
    const folder = temporaryDataDirectory();
    const s3rver = new S3rver({
      ...{ directory: folder.path, silent: true },
      configureBuckets: [{ name: bucket, configs: [] }],
    });
    await s3rver.configureBuckets();
    const serve = s3rver.callback();
    const service = new S3Server(
      folder,
      createServer((request, response) => {
        if (service.isAway) response.writeHead(503).end();
        else serve(request, response);
      }),
    );
    service.server.listen(0, '127.0.0.1');
    await once(service.server, 'listening');
    return service;
  }

  /** Of a gateway that is to keep its files here. */
  get settings(): Readonly<Record<string, string>> {
    const { port } = this.server.address() as AddressInfo;
    return {
      HOOKLINE_FILES_STORAGE: 's3',
      HOOKLINE_S3_ENDPOINT: `http://127.0.0.1:${String(port)}`,
      HOOKLINE_S3_BUCKET: bucket,
      HOOKLINE_S3_ACCESS_KEY: 'S3RVER',
      HOOKLINE_S3_SECRET_KEY: 'S3RVER',
    };
  }

  /** Names of the objects that have this in them. */
  objects(part: string): string[] {
    const stored = join(this.folder.path, bucket);
    if (!existsSync(stored)) return [];
    const names = readdirSync(stored, { recursive: true }).map(String);
    return names.filter((name) => name.includes(part) && name.endsWith('._S3rver_object'));
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
    this.folder.remove();
  }
}
