import { Controller, Get, Injectable, ServiceUnavailableException } from '@nestjs/common';

/** Resolves when the part can do its work, rejects otherwise. */
export type HealthCheck = () => Promise<void> | void;

/** What readiness means for this app: every registered check passes. */
@Injectable()
export class Health {
  private readonly checks = new Map<string, HealthCheck>();

  register(name: string, check: HealthCheck): void {
    this.checks.set(name, check);
  }

  /** Names of the checks that fail. */
  async failing(): Promise<string[]> {
    const results = await Promise.allSettled([...this.checks].map(async ([, check]) => check()));
    return [...this.checks.keys()].filter((_name, index) => results[index]?.status === 'rejected');
  }
}

/** `/health/live`: the process answers. `/health/ready`: it can take traffic. */
@Controller('health')
export class HealthController {
  constructor(private readonly health: Health) {}

  @Get('live')
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('ready')
  async ready(): Promise<{ status: string }> {
    const failing = await this.health.failing();
    if (failing.length > 0) throw new ServiceUnavailableException({ status: 'unavailable', failing });
    return { status: 'ok' };
  }
}
