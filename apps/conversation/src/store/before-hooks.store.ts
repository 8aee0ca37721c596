import { Injectable } from '@nestjs/common';
import { Database } from '#platform/database/database.js';
import type { ConversationHandle } from './conversations.store.js';
import { HookContextStore, type HookContext } from './hook-context.store.js';
import { MembersStore } from './members.store.js';
import type { Participants } from './subscribers.store.js';
import { RequestsStore, type RequestIdentity, type StoredRequest } from './requests.store.js';

export interface BeforeHooks {
  /** The request was answered before: no hook is asked. */
  readonly answered: StoredRequest | null;
  readonly participants: Participants | null;
  /** Null when the application is gone. */
  readonly context: HookContext | null;
}

/** What must be known of a message before hooks are asked about it, in one trip to PostgreSQL. */
@Injectable()
export class BeforeHooksStore {
  constructor(
    private readonly database: Database,
    private readonly requests: RequestsStore,
    private readonly members: MembersStore,
    private readonly contexts: HookContextStore,
  ) {}

  find(
    request: RequestIdentity,
    { id, key, kind }: Pick<ConversationHandle, 'key' | 'kind'> & { readonly id: string },
    senderId: string,
  ): Promise<BeforeHooks> {
    return this.database.together(async (queries) => {
      const [answered, participants, context] = await Promise.all([
        this.requests.find(request, queries),
        this.members.participants(key, senderId, kind, queries),
        this.contexts.find(request.applicationId, id, queries),
      ]);
      return { answered, participants, context };
    });
  }
}
