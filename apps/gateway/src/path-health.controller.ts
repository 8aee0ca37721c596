import { Controller, Get } from '@nestjs/common';
import { describeHooks } from '#contracts/hooks/registry.js';
import { compareHeads } from '#contracts/sessions.js';
import { Bus } from '#platform/bus/bus.js';

/** `/health/path`: can a message go all the way? Readiness does not depend on it: the gateway answers retryable errors meanwhile. */
@Controller('health')
export class PathHealthController {
  constructor(private readonly bus: Bus) {}

  @Get('path')
  async path(): Promise<Record<string, string>> {
    const [conversation, hookEngine] = await Promise.allSettled([
      this.bus.ask(compareHeads, { conversationKeys: [], users: [] }),
      this.bus.ask(describeHooks, { applicationId: 'health' }),
    ]);
    return { gateway: 'ok', conversation: nameOf(conversation), 'hook-engine': nameOf(hookEngine) };
  }
}

function nameOf(result: PromiseSettledResult<unknown>): string {
  return result.status === 'fulfilled' ? 'ok' : 'unavailable';
}
