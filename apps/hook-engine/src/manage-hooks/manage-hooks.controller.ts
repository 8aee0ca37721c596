import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { createHook, deleteHook, listHooks } from '#contracts/hooks/registration.js';
import { Answers } from '#platform/bus/answers.js';
import { HooksStore } from '../store/hooks.store.js';
import { CreateHook } from './create-hook.js';
import { DeleteHook } from './delete-hook.js';
import { hookView } from './hook-view.js';

@Controller()
export class ManageHooksController {
  constructor(
    private readonly hooks: HooksStore,
    private readonly createHook: CreateHook,
    private readonly deleteHook: DeleteHook,
  ) {}

  @Answers(createHook)
  create(question: z.output<typeof createHook.question>): Promise<z.output<typeof createHook.answer>> {
    return this.createHook.create(question);
  }

  @Answers(listHooks)
  async list({
    applicationId,
  }: z.output<typeof listHooks.question>): Promise<z.output<typeof listHooks.answer>> {
    const hooks = await this.hooks.list(applicationId);
    return { hooks: hooks.map(hookView) };
  }

  @Answers(deleteHook)
  async delete({
    applicationId,
    hookId,
  }: z.output<typeof deleteHook.question>): Promise<z.output<typeof deleteHook.answer>> {
    await this.deleteHook.delete(applicationId, hookId);
    return {};
  }
}
