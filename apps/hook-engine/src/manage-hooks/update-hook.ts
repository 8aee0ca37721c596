import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { filterMistake, type Hook, type updateHook } from '#contracts/hooks/registration.js';
import { OutgoingHttp } from '#platform/outgoing/outgoing-http.js';
import { HookCalls } from '../calls/hook-calls.port.js';
import { RegistryChange } from '../registry/registry-change.port.js';
import { HooksStore, type StoredHook } from '../store/hooks.store.js';
import { RegistryStore } from '../store/registry.store.js';
import { hookView } from './hook-view.js';
import { recordedUntil } from './record-contents.js';
import { ownHook } from './own-hook.js';

@Injectable()
export class UpdateHook {
  constructor(
    private readonly hooks: HooksStore,
    private readonly registry: RegistryStore,
    private readonly change: RegistryChange,
    private readonly outgoing: OutgoingHttp,
    private readonly calls: HookCalls,
  ) {}

  /**
   * Answers when every operation that begins from now on goes by it.
   *
   * @throws HooklineError hook_not_found, hook_of_server, address_not_allowed
   */
  async update({ applicationId, hookId, change }: z.output<typeof updateHook.question>): Promise<Hook> {
    const address = change.url === undefined ? 'allowed' : await this.outgoing.checkUrl(change.url);
    const { recordContents, ...others } = change;
    const recordContentsUntil = recordContents === undefined ? undefined : recordedUntil(recordContents);
    const changes = { ...others, ...(recordContentsUntil !== undefined && { recordContentsUntil }) };
    const { version, outcome } = await this.registry.change(async (transaction) => {
      const former = await ownHook(this.hooks, transaction, applicationId, hookId);
      if (address !== 'allowed') throw new HooklineError(address);
      const changed = (await this.hooks.update(transaction, applicationId, hookId, changes)) ?? former;
      checkFilter(changed);
      return changed;
    });
    await this.change.announce(applicationId, version);
    return hookView(outcome, this.calls.circuitOf(outcome));
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
