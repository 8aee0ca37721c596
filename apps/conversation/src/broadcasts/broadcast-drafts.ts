import { Injectable } from '@nestjs/common';
import type { SendBroadcast } from '#contracts/broadcasts.js';
import { HooklineError } from '#contracts/errors.js';
import type { Attachment } from '#contracts/files.js';
import type { Transaction } from '#platform/database/database.js';
import { AppendStore } from '../store/append.store.js';
import { BroadcastsStore } from '../store/broadcasts.store.js';
import { FilesStore } from '../store/files.store.js';
import { UsersStore } from '../store/users.store.js';

/** What a broadcast refers to, all of which there is. */
export interface CheckedBroadcast {
  readonly validTill: Date;
  readonly attachments: Attachment[] | undefined;
}

/** What a broadcast is besides an event. */
@Injectable()
export class BroadcastDrafts {
  constructor(
    private readonly users: UsersStore,
    private readonly files: FilesStore,
    private readonly appends: AppendStore,
    private readonly broadcasts: BroadcastsStore,
  ) {}

  /** The head must be locked. @throws HooklineError user_not_found, file_not_found, invalid_request */
  async check(transaction: Transaction, draft: SendBroadcast): Promise<CheckedBroadcast> {
    const { applicationId, senderId, attachments: ids = [] } = draft;
    if ((await this.users.find(applicationId, senderId, transaction)) === null)
      throw new HooklineError('user_not_found');
    const attachments = ids.length === 0 ? undefined : await this.files.attachments(applicationId, ids, null);
    if (attachments === null) throw new HooklineError('file_not_found');
    const validTill = await this.broadcasts.validTill(transaction, draft.validTill);
    if (validTill === null) throw notValid();
    return { validTill, attachments };
  }

  /** The head must be locked, and the event be stored. @returns the broadcast's number */
  async number(
    transaction: Transaction,
    { applicationId, senderId }: SendBroadcast,
    at: { readonly conversationKey: bigint; readonly seq: number; readonly validTill: Date },
  ): Promise<number> {
    const { conversationKey } = at;
    // Whoever speaks for a service need not be in it: by this the erasure of that user finds what was said.
    await this.appends.leaveTraces(transaction, [{ conversationKey, senderId, claim: { applicationId } }]);
    return this.broadcasts.add(transaction, { applicationId, ...at });
  }
}

function notValid(): HooklineError {
  const [pointer, detail] = ['/validTill', 'must be in the future, by 30 days at most'];
  return new HooklineError('invalid_request', `${pointer}: ${detail}`, { errors: [{ pointer, detail }] });
}
