import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { filterMistake, type updateHook } from '#contracts/hooks/registration.js';
import type { Transaction } from '#platform/database/database.js';
import { OutgoingHttp } from '#platform/outgoing/outgoing-http.js';
import { ChangeServerHook } from '../hook-servers/change-server-hook.port.js';
import { RegistryChange } from '../registry/registry-change.port.js';
import { HooksStore, type StoredHook } from '../store/hooks.store.js';
import { RegistryStore } from '../store/registry.store.js';
import { recordedUntil } from './record-contents.js';

type Question = z.output<typeof updateHook.question>;

@Injectable()
export class UpdateHook {
  constructor(
    private readonly hooks: HooksStore,
    private readonly registry: RegistryStore,
    private readonly change: RegistryChange,
    private readonly outgoing: OutgoingHttp,
    private readonly serverHooks: ChangeServerHook,
  ) {}

  /**
   * Answers when every operation that begins from now on goes by it.
   *
   * @throws HooklineError hook_not_found, address_not_allowed; hook_of_server: its server says where it is
   */
  async update({ applicationId, hookId, change }: Question): Promise<StoredHook> {
    const address = change.url === undefined ? 'allowed' : await this.outgoing.checkUrl(change.url);
    const { version, outcome } = await this.registry.change(async (transaction) => {
      const former = await this.hooks.findOf(applicationId, hookId, transaction);
      if (former === null) throw new HooklineError('hook_not_found');
      if (former.serverId !== null && change.url !== undefined) throw new HooklineError('hook_of_server');
      if (address !== 'allowed') throw new HooklineError(address);
      const changed = await this.changed(transaction, former, change);
      checkFilter(changed);
      return changed;
    });
    await this.change.announce(applicationId, version);
    return outcome;
  }

  private async changed(
    transaction: Transaction,
    former: StoredHook,
    { recordContents, ...settings }: Question['change'],
  ): Promise<StoredHook> {
    const { id, applicationId, name, serverId } = former;
    const recording =
      recordContents === undefined ? {} : { recordContentsUntil: recordedUntil(recordContents) };
    const update = (changes: Parameters<HooksStore['update']>[3]) =>
      this.hooks.update(transaction, applicationId, id, changes);
    if (serverId === null) return (await update({ ...settings, ...recording })) ?? former;
    if (Object.keys(settings).length > 0)
      await this.serverHooks.change(transaction, { applicationId, serverId, name }, settings);
    if (recordContents !== undefined) await update(recording);
    return (await this.hooks.findOf(applicationId, id, transaction)) ?? former;
  }
}

/** @throws HooklineError invalid_request */
function checkFilter({ name, kinds, attribute }: StoredHook): void {
  const wrong = filterMistake({ name, kinds, attribute });
  if (wrong === null) return;
  const { field, detail } = wrong;
  throw new HooklineError('invalid_request', `${field} ${detail}`, {
    errors: [{ pointer: `/${field}`, detail }],
  });
}
