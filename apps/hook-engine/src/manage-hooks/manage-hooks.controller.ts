import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import {
  createHook,
  deleteHook,
  rotateHookSecret,
  updateHook,
  type Hook,
} from '#contracts/hooks/registration.js';
import { Answers } from '#platform/bus/answers.js';
import { HookCalls } from '../calls/hook-calls.port.js';
import { CreateHook } from './create-hook.js';
import { DeleteHook } from './delete-hook.js';
import { hookView } from './hook-view.js';
import { RotateSecret } from './rotate-secret.js';
import { UpdateHook } from './update-hook.js';

@Controller()
export class ManageHooksController {
  constructor(
    private readonly createHook: CreateHook,
    private readonly updateHook: UpdateHook,
    private readonly rotateSecret: RotateSecret,
    private readonly deleteHook: DeleteHook,
    private readonly calls: HookCalls,
  ) {}

  @Answers(createHook)
  create(question: z.output<typeof createHook.question>): Promise<z.output<typeof createHook.answer>> {
    return this.createHook.create(question);
  }

  @Answers(updateHook)
  async update(question: z.output<typeof updateHook.question>): Promise<Hook> {
    const hook = await this.updateHook.update(question);
    return hookView(hook, this.calls.circuitOf(hook));
  }

  @Answers(rotateHookSecret)
  rotate(
    question: z.output<typeof rotateHookSecret.question>,
  ): Promise<z.output<typeof rotateHookSecret.answer>> {
    return this.rotateSecret.rotate(question);
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
