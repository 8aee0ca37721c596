import { constants, type ReadStream } from 'node:fs';
import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HooklineError } from '#contracts/errors.js';
import type { Extent, FileStorage, LocalBytes, StoredForm } from './storage.js';

/** Files in a folder, which all gateways share: <application>/<file>/<size>. */
export class DiskStorage implements FileStorage {
  constructor(private readonly directory: string) {}

  async store(form: StoredForm, { path }: LocalBytes): Promise<void> {
    const target = this.pathOf(form);
    await this.unlessBroken(async () => {
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      // Bytes first, then the name: a power loss leaves no file that is named and empty.
      await flush(path);
      await rename(path, target).catch(async (error: unknown) => {
        if (codeOf(error) !== 'EXDEV') throw error;
        await copyFile(path, target, constants.COPYFILE_EXCL);
        await flush(target);
      });
      for (let folder = dirname(target); ; folder = dirname(folder)) {
        await flush(folder);
        if (folder === this.directory || folder === dirname(folder)) break;
      }
    });
  }

  async read(form: StoredForm, extent: Extent | null): Promise<ReadStream | null> {
    return this.unlessBroken(async () => {
      try {
        const handle = await open(this.pathOf(form));
        return handle.createReadStream(extent === null ? {} : { start: extent.first, end: extent.last });
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return null;
        throw error;
      }
    });
  }

  async remove({ applicationId, fileId }: Omit<StoredForm, 'size'>): Promise<void> {
    await this.unlessBroken(() =>
      rm(join(this.directory, applicationId, fileId), { recursive: true, force: true }),
    );
  }

  private pathOf({ applicationId, fileId, size }: StoredForm): string {
    // Neither id can leave the folder: see applicationId and fileId of the contracts.
    return join(this.directory, applicationId, fileId, size);
  }

  private async unlessBroken<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw new HooklineError('file_storage_unavailable', `The disk says ${codeOf(error) ?? 'nothing'}`);
    }
  }
}

async function flush(path: string): Promise<void> {
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
