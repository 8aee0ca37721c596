import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { v4 as uuidv4 } from 'uuid';
import { HooklineError } from '#contracts/errors.js';

/** Bytes that have come in whole, in a file of their own. */
export interface Spooled {
  readonly path: string;
  readonly size: number;
  /** SHA-256, hexadecimal. */
  readonly digest: string;
}

/** Longer than any upload may take (ms): what is older was left behind by a crash. */
const patience = 60 * 60 * 1000;

/** Keeps uploads until they are whole and stored: bytes go through memory in small pieces. */
export class Spool {
  constructor(private readonly directory: string) {}

  /** A path that nothing is at. */
  async newPath(): Promise<string> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    return join(this.directory, uuidv4());
  }

  /**
   * Takes all bytes, or leaves none.
   *
   * @throws HooklineError file_too_large, upload_incomplete, file_storage_unavailable
   */
  async take(bytes: AsyncIterable<Uint8Array>, limit: number): Promise<Spooled> {
    const path = await this.newPath();
    try {
      return await write(path, bytes, limit);
    } catch (error) {
      await this.remove([path]);
      if (error instanceof HooklineError) throw error;
      const code = (error as NodeJS.ErrnoException).code ?? '';
      throw ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS'].includes(code)
        ? new HooklineError('file_storage_unavailable', `The disk says ${code}`)
        : new HooklineError('upload_incomplete');
    }
  }

  async remove(paths: readonly string[]): Promise<void> {
    await Promise.all(paths.map((path) => rm(path, { force: true })));
  }

  /** Removes what a crash has left behind. */
  async sweep(): Promise<void> {
    const names = await readdir(this.directory).catch(() => []);
    for (const name of names) {
      const path = join(this.directory, name);
      const changedAt = await stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => Infinity,
      );
      if (Date.now() - changedAt > patience) await this.remove([path]);
    }
  }
}

async function write(path: string, bytes: AsyncIterable<Uint8Array>, limit: number): Promise<Spooled> {
  const hash = createHash('sha256');
  const handle = await open(path, 'wx', 0o600);
  let size = 0;
  try {
    for await (const chunk of bytes) {
      size += chunk.length;
      if (size > limit) throw tooLarge(limit);
      hash.update(chunk);
      for (let written = 0; written < chunk.length;)
        written += (await handle.write(chunk, written)).bytesWritten;
    }
  } finally {
    await handle.close();
  }
  return { path, size, digest: hash.digest('hex') };
}

export function tooLarge(limit: number): HooklineError {
  return new HooklineError('file_too_large', `A file has at most ${String(limit)} bytes`);
}
