import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { getHook, listHooks, type Hook } from '#contracts/hooks/registration.js';
import { Answers } from '#platform/bus/answers.js';
import { HookCalls } from '../calls/hook-calls.port.js';
import { HooksStore } from '../store/hooks.store.js';
import { hookView } from './hook-view.js';

/** Hooks as their owners see them. */
@Controller()
export class ShowHooksController {
  constructor(
    private readonly hooks: HooksStore,
    private readonly calls: HookCalls,
  ) {}

  @Answers(listHooks)
  async list({
    applicationId,
  }: z.output<typeof listHooks.question>): Promise<z.output<typeof listHooks.answer>> {
    const hooks = await this.hooks.list(applicationId);
    return { hooks: hooks.map((hook) => hookView(hook, this.calls.circuitOf(hook))) };
  }

  @Answers(getHook)
  async get({ applicationId, hookId }: z.output<typeof getHook.question>): Promise<Hook> {
    const hook = await this.hooks.findOf(applicationId, hookId);
    if (hook === null) throw new HooklineError('hook_not_found');
    return hookView(hook, this.calls.circuitOf(hook));
  }
}
