import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { filesRemoved, filesToRemove } from '#contracts/files.js';
import { Bus } from '#platform/bus/bus.js';
import { Periodic } from '#platform/durable/periodic.js';
import { Log } from '#platform/log.js';
import { FileStorage } from './storage/storage.js';
import { FileUploads } from './uploads.port.js';

const interval = 10_000;

/**
 * Removes bytes that have no file any more. Every gateway does it, some of it twice: what is gone is gone. A file is
 * forgotten only after its bytes, so a crash between the two is made good by the next run.
 */
@Injectable()
export class FileRemoval implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly tasks: readonly Periodic[];
  private stopping = false;

  constructor(
    private readonly storage: FileStorage,
    private readonly bus: Bus,
    uploads: FileUploads,
    private readonly log: Log,
  ) {
    this.tasks = [
      new Periodic('files to remove', interval, () => this.removeAll(), log),
      new Periodic('uploads left behind', interval * 60, () => uploads.sweep(), log),
    ];
  }

  onApplicationBootstrap(): void {
    for (const task of this.tasks) task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.tasks.map((task) => task.stop()));
  }

  private async removeAll(): Promise<void> {
    while (!this.stopping) {
      const { files } = await this.bus.ask(filesToRemove, {});
      if (files.length === 0) return;
      const [fileIds, failedIds]: [string[], string[]] = [[], []];
      for (const file of files) ((await this.remove(file)) ? fileIds : failedIds).push(file.fileId);
      await this.bus.ask(filesRemoved, { fileIds, failedIds });
    }
  }

  /** False: it cannot be removed now, which must not keep the others. */
  private async remove(file: { readonly applicationId: string; readonly fileId: string }): Promise<boolean> {
    try {
      await this.storage.remove(file);
      return true;
    } catch (error) {
      this.log.warn({ ...file, reason: String(error) }, 'a file could not be removed');
      return false;
    }
  }
}
