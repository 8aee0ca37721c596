import { Injectable } from '@nestjs/common';
import type { Actor } from '#contracts/actor.js';
import { HooklineError } from '#contracts/errors.js';
import { seenEventOf } from '#contracts/event.js';
import type { File } from '#contracts/files.js';
import type { LiveEvent } from '#contracts/sessions.js';
import { isVisible, type VisibleRange } from '#domain/timeline/visibility.js';
import { FilesStore, type FileIdentity } from '../store/files.store.js';
import { ConversationAccess } from '../view-conversations/access.port.js';

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
    let after = { conversationKey: '0', seq: 0 };
    for (;;) {
      const events = await this.files.attachedTo(fileId, userId, after);
      for (const { event, audience } of events) {
        const { conversationId } = event;
        const range = ranges.get(conversationId) ?? (await this.range(applicationId, conversationId, userId));
        ranges.set(conversationId, range);
        if (range !== null && isVisible(seenEventOf(event, audience), userId, range)) return true;
      }
      const last: LiveEvent | undefined = events.at(-1);
      if (last === undefined) return false;
      after = { conversationKey: last.conversationKey, seq: last.event.seq };
    }
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
