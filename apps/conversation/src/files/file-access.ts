import { Injectable } from '@nestjs/common';
import type { Actor } from '#contracts/actor.js';
import { HooklineError } from '#contracts/errors.js';
import type { File } from '#contracts/files.js';
import { isVisible, type VisibleRange } from '#domain/timeline/visibility.js';
import { FilesStore, type AttachedEvent, type FileIdentity } from '../store/files.store.js';
import { ConversationAccess } from '../view-conversations/access.port.js';

/** A file that was sent more often than this many portions tell of is shown by its newest events, or not at all. */
const portionsAtMost = 10;

/** Who may see a file: a server, its owner, and whoever may see an event that it is attached to. */
@Injectable()
export class FileAccess {
  constructor(
    private readonly files: FilesStore,
    private readonly conversations: ConversationAccess,
  ) {}

  /** @throws HooklineError file_not_found, also for what the actor may not see */
  async require(identity: FileIdentity, actor: Actor): Promise<File> {
    const file = await this.files.find(identity);
    const isOpen =
      file !== null &&
      (actor.kind === 'master' ||
        file.ownerId === actor.userId ||
        (await this.isShown(identity, actor.userId)));
    if (!isOpen) throw new HooklineError('file_not_found');
    return file;
  }

  private async isShown({ applicationId, fileId }: FileIdentity, userId: string): Promise<boolean> {
    const ranges = new Map<string, VisibleRange | null>();
    let before: AttachedEvent | null = null;
    for (let portion = 0; portion < portionsAtMost; portion += 1) {
      const events: readonly AttachedEvent[] = await this.files.attachedTo(fileId, userId, before);
      for (const event of events) {
        const { conversationId } = event;
        if (!ranges.has(conversationId))
          ranges.set(conversationId, await this.range(applicationId, conversationId, userId));
        const range = ranges.get(conversationId) ?? null;
        if (range !== null && isVisible(event, userId, range)) return true;
      }
      before = events.at(-1) ?? null;
      if (before === null) return false;
    }
    return false;
  }

  /** Null: there is no such conversation any more. */
  private async range(
    applicationId: string,
    conversationId: string,
    userId: string,
  ): Promise<VisibleRange | null> {
    try {
      const { user } = await this.conversations.of(applicationId, conversationId, { kind: 'user', userId });
      return user?.range ?? null;
    } catch (error) {
      if (error instanceof HooklineError && error.code === 'conversation_not_found') return null;
      throw error;
    }
  }
}
