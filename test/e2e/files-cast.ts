import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { ErrorCode } from '#contracts/errors.js';
import type { File } from '#contracts/files.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { contentPath, download, type Downloaded } from '../harness/files.js';
import type { RestRequest } from '../harness/rest.js';
import type { Installation } from '../harness/installation.js';

type FilesCastParts = Pick<
  FilesCast,
  'world' | 'application' | 'foreign' | 'tom' | 'jerry' | 'foreigner' | 'photo'
>;

/** Two applications with users, over two gateways that share their files. */
export class FilesCast {
  readonly world: Installation;
  readonly application: TestApplication;
  readonly foreign: TestApplication;
  readonly tom: TestUser;
  readonly jerry: TestUser;
  readonly foreigner: TestUser;
  /** Lies on its side, and says where it was taken. */
  readonly photo: Uint8Array<ArrayBuffer>;

  private constructor(cast: FilesCastParts) {
    ({
      world: this.world,
      application: this.application,
      foreign: this.foreign,
      tom: this.tom,
      jerry: this.jerry,
      foreigner: this.foreigner,
      photo: this.photo,
    } = cast);
  }

  static async in(world: Installation): Promise<FilesCast> {
    const [application, foreign] = [await world.application(), await world.application()];
    const [tom, jerry] = await application.users('tom', 'jerry');
    const foreigner = await foreign.user('foreigner');
    return new FilesCast({ world, application, foreign, tom, jerry, foreigner, photo: await photograph() });
  }

  contentOf(
    file: File,
    as: { readonly authorization: string } | null,
    {
      size,
      headers,
      gateway = 0,
      method,
    }: { size?: string; headers?: Record<string, string>; gateway?: number; method?: string } = {},
  ): Promise<Downloaded> {
    return download(`${this.world.gateways[gateway]!.url}${contentPath(file, size)}`, as, headers, method);
  }

  async refused(request: RestRequest): Promise<ErrorCode> {
    const { body } = await this.world.rest(request);
    return (body as { code: ErrorCode }).code;
  }

  /** Where the gateways keep a file's bytes. */
  folderOf(fileId: string): string {
    return join(this.world.filesFolder, this.application.id, fileId);
  }

  /** What is coming in at the moment. */
  spooled(): string[] {
    const folder = join(this.world.filesFolder, '.incoming');
    return existsSync(folder) ? readdirSync(folder) : [];
  }

  /** What is known of files, and what there is of them. */
  async everything(): Promise<{ rows: number; spooled: number; stored: number }> {
    const { filesFolder, database } = this.world;
    const [row] = await database.sql('SELECT count(*)::int AS rows FROM conversation.file');
    const stored = existsSync(filesFolder)
      ? readdirSync(filesFolder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      : [];
    return { rows: (row as { rows: number }).rows, spooled: this.spooled().length, stored: stored.length };
  }
}

async function photograph(): Promise<Uint8Array<ArrayBuffer>> {
  const gps = { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 3230/100' };
  const bytes = await sharp({ create: { width: 1_600, height: 1_200, channels: 3, background: '#a52' } })
    .withExif({ IFD0: { Make: 'SecretCamera' }, IFD3: gps })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  return new Uint8Array(bytes);
}
