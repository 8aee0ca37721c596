import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { fileTypeFromFile } from 'file-type';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { abandonFile, beginFile, completeFile, type File } from '#contracts/files.js';
import { displayText } from '#contracts/identifiers.js';
import type { IdempotentRequest } from '#contracts/idempotency.js';
import { limits } from '#contracts/limits.js';
import { fileType } from '#domain/files/file-type.js';
import { Bus } from '#platform/bus/bus.js';
import { Log } from '#platform/log.js';
import { timeOrderedId } from '#platform/time-ordered-id.js';
import { GatewayConfiguration } from '../gateway.config.js';
import { receive, type Incoming } from './incoming.js';
import { shownImages, SmallerImages, type ReadImage } from './smaller-images.js';
import { Spool } from './spool.js';
import { FileStorage, type LocalBytes } from './storage/storage.js';

export interface Upload {
  readonly applicationId: string;
  readonly ownerId: string | null;
  /** Unless a form says it. */
  readonly name: string | undefined;
  readonly idempotency: IdempotentRequest | null;
  /** How many fields a form may have besides the file; none unless it is said. */
  readonly formFields?: number;
  /** Whether nothing else is taken than what is shown in smaller sizes. */
  readonly imagesOnly?: boolean;
}

type Taken = z.input<typeof completeFile.question>['taken'];

/**
 * Takes files: all bytes to the local disk -> what they are -> announced -> stored -> complete. Whatever ends it before
 * leaves nothing that anybody sees; what was announced and stored is found and removed.
 */
@Injectable()
export class FileUploads {
  private readonly spool: Spool;
  private readonly images: SmallerImages;
  /** Of whom; null: of an application. */
  private readonly underWay: (string | null)[] = [];

  constructor(
    private readonly configuration: GatewayConfiguration,
    private readonly storage: FileStorage,
    private readonly bus: Bus,
    private readonly log: Log,
  ) {
    this.spool = new Spool(join(configuration.files.directory, '.incoming'));
    this.images = new SmallerImages(this.spool);
  }

  /** @throws HooklineError what the operation `uploadFile` names */
  async upload(request: IncomingMessage, upload: Upload): Promise<File> {
    const owner = this.enter(upload);
    const paths: string[] = [];
    try {
      const { bytes: limit } = this.configuration.files;
      const incoming = await receive(request, this.spool, { limit, fields: upload.formFields });
      paths.push(incoming.bytes.path);
      const name = nameOf(upload.name ?? incoming.name);
      const contentType = await this.typeOf(incoming);
      if (upload.imagesOnly === true && !shownImages.includes(contentType))
        throw new HooklineError('file_type_not_allowed', `${contentType} is no image that is taken`);
      const image = shownImages.includes(contentType)
        ? await this.images.make(incoming.bytes.path, contentType)
        : null;
      for (const { path } of image?.forms ?? []) paths.push(path);
      return await this.keep(
        upload,
        { ...incoming.bytes, contentType },
        describe(name, contentType, incoming, image),
        image,
      );
    } finally {
      this.underWay.splice(this.underWay.indexOf(owner), 1);
      await this.spool.remove(paths);
    }
  }

  /** Removes what uploads of a gateway that has crashed have left behind. */
  async sweep(): Promise<void> {
    await this.spool.sweep();
  }

  /** Nobody takes all places: a user has few. @throws HooklineError overloaded */
  private enter({ applicationId, ownerId }: Upload): string | null {
    const owner = ownerId === null ? null : `${applicationId}:${ownerId}`;
    if (this.underWay.length >= limits.uploadsAtOnce)
      throw new HooklineError('overloaded', 'Too many uploads are under way');
    if (owner !== null && this.underWay.filter((each) => each === owner).length >= limits.uploadsPerUser)
      throw new HooklineError('overloaded', 'Too many uploads of this user are under way');
    this.underWay.push(owner);
    return owner;
  }

  /** @throws HooklineError file_type_mismatch, file_type_not_allowed */
  private async typeOf({ bytes: { path }, contentType: declared }: Incoming): Promise<string> {
    const found = (await fileTypeFromFile(path))?.mime ?? null;
    const seen = { declared, found, looksLikeText: await looksLikeText(path) };
    const verdict = fileType(seen, this.configuration.files.types);
    switch (verdict.kind) {
      case 'taken':
        return verdict.contentType;
      case 'mismatch':
        throw new HooklineError('file_type_mismatch', `The bytes are ${verdict.found}`);
      case 'not_allowed':
        throw new HooklineError('file_type_not_allowed', `${verdict.contentType} is not taken`);
    }
  }

  private async keep(
    { applicationId, ownerId, idempotency: request }: Upload,
    original: LocalBytes,
    taken: Taken,
    image: ReadImage | null,
  ): Promise<File> {
    const fileId = timeOrderedId();
    await this.bus.ask(beginFile, { applicationId, fileId, ownerId });
    let kept: File | undefined;
    try {
      for (const { size, path, image: smaller } of image?.forms ?? []) {
        const bytes = {
          path,
          size: smaller.size,
          digest: await digestOf(path),
          contentType: smaller.contentType,
        };
        await this.storage.store({ applicationId, fileId, size }, bytes);
      }
      await this.storage.store({ applicationId, fileId, size: 'original' }, original);
      kept = await this.bus.ask(completeFile, { applicationId, fileId, ownerId, request, taken });
      return kept;
    } finally {
      // Also when it is not known whether it is complete: what is stays. Unheard, it is found after an hour.
      if (kept?.id !== fileId) {
        await this.bus.ask(abandonFile, { applicationId, fileId }).catch((error: unknown) => {
          this.log.warn({ fileId, reason: String(error) }, 'an upload could not be given up');
        });
      }
    }
  }
}

function describe(name: string, contentType: string, { bytes }: Incoming, image: ReadImage | null): Taken {
  const { size, digest } = bytes;
  if (image === null) return { name, contentType, size, digest, sizes: {} };
  const { width, height, forms } = image;
  const sizes = Object.fromEntries(forms.map((form) => [form.size, form.image]));
  return { name, contentType, size, digest, width, height, sizes };
}

/** @throws HooklineError invalid_request */
function nameOf(name: string | undefined): string {
  const parsed = displayText.safeParse(name);
  if (parsed.success) return parsed.data;
  const detail = name === undefined ? 'is required' : (parsed.error.issues[0]?.message ?? 'is not a name');
  throw new HooklineError('invalid_request', `/query/name: ${detail}`, {
    errors: [{ pointer: '/query/name', detail }],
  });
}

const beginningBytes = 4_096;

async function looksLikeText(path: string): Promise<boolean> {
  const handle = await open(path);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(beginningBytes), 0, beginningBytes, 0);
    // Control characters that no text has; tab, line feed, form feed, carriage return and escape are left out.
    return !buffer.subarray(0, bytesRead).some((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27));
  } finally {
    await handle.close();
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
