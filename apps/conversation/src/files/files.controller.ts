import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import {
  abandonFile,
  beginFile,
  completeFile,
  deleteFile,
  filesRemoved,
  filesToRemove,
  getFile,
  type File,
} from '#contracts/files.js';
import { Answers } from '#platform/bus/answers.js';
import { ConversationConfiguration } from '../conversation.config.js';
import { FilesStore } from '../store/files.store.js';
import { OncePerKey } from '../store/once-per-key.js';
import { UsersStore } from '../store/users.store.js';
import { FileAccess } from './file-access.js';

/** What is known of files; the gateways have their bytes. */
@Controller()
export class FilesController {
  constructor(
    private readonly files: FilesStore,
    private readonly access: FileAccess,
    private readonly users: UsersStore,
    private readonly once: OncePerKey,
    private readonly configuration: ConversationConfiguration,
  ) {}

  @Answers(beginFile)
  async begin({ applicationId, fileId, ownerId }: z.output<typeof beginFile.question>): Promise<object> {
    if (ownerId !== null && (await this.users.find(applicationId, ownerId)) === null) {
      throw new HooklineError('user_not_found');
    }
    await this.files.begin({ applicationId, fileId }, ownerId);
    return {};
  }

  /** The same key with the same bytes answers the first file; then the later one is never complete. */
  @Answers(completeFile)
  complete(question: z.output<typeof completeFile.question>): Promise<File> {
    const { applicationId, fileId, ownerId, request, taken } = question;
    const { name, contentType, size, digest } = taken;
    const content = [ownerId, name, contentType, size, digest];
    return this.files.transaction((transaction) =>
      this.once.run(transaction, { applicationId, request, content }, async () => {
        const { filesKeptFor } = this.configuration;
        const file = await this.files.complete(transaction, { applicationId, fileId }, taken, filesKeptFor);
        if (file === null) throw new HooklineError('service_unavailable', 'The upload took too long');
        return file;
      }),
    );
  }

  @Answers(getFile)
  get({ applicationId, fileId, actor }: z.output<typeof getFile.question>): Promise<File> {
    return this.access.require({ applicationId, fileId }, actor);
  }

  @Answers(deleteFile)
  async delete({ applicationId, fileId, actor }: z.output<typeof deleteFile.question>): Promise<object> {
    const identity = { applicationId, fileId };
    const file = await this.access.require(identity, actor);
    if (actor.kind === 'user' && file.ownerId !== actor.userId) {
      throw new HooklineError('forbidden', 'A file is deleted by its owner');
    }
    if (await this.files.delete(identity)) return {};
    throw new HooklineError((await this.files.find(identity)) === null ? 'file_not_found' : 'file_attached');
  }

  @Answers(abandonFile)
  async abandon(identity: z.output<typeof abandonFile.question>): Promise<object> {
    await this.files.abandon(identity);
    return {};
  }

  @Answers(filesToRemove)
  async toRemove(): Promise<z.output<typeof filesToRemove.answer>> {
    return { files: await this.files.toRemove() };
  }

  @Answers(filesRemoved)
  async removed({ fileIds, failedIds }: z.output<typeof filesRemoved.question>): Promise<object> {
    await this.files.removed(fileIds);
    if (failedIds.length > 0) await this.files.deferRemoval(failedIds);
    return {};
  }
}
