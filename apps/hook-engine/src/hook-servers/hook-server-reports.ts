import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import type { HookServerError } from '#contracts/hooks/servers.js';
import { Log } from '#platform/log.js';
import { Metrics } from '#platform/metrics.js';

interface Reported {
  readonly applicationId: string;
  readonly serverId: string;
}

/** Shouts about servers that refuse our keys, because they moderate nothing: in the log once, in the metrics each time. */
@Injectable()
export class HookServerReports {
  private readonly refusals: Counter<'application' | 'server' | 'asked'>;

  constructor(
    { registry }: Metrics,
    private readonly log: Log,
  ) {
    this.refusals = new Counter({
      name: 'hookline_hook_server_unauthorized_total',
      help: 'Answers 401 of hook servers, to calls of hooks (call) or to the question which hooks they have (discovery).',
      labelNames: ['application', 'server', 'asked'],
      registers: [registry],
    });
  }

  /** A server has answered 401. */
  refused({ applicationId, serverId }: Reported, asked: 'call' | 'discovery'): void {
    this.refusals.inc({ application: applicationId, server: serverId, asked });
  }

  /** Whether it can be asked which hooks it has is not as it was. Its hooks may be skipped for as long as that lasts. */
  discoveryChanged(server: Reported, failure: HookServerError | null): void {
    const fields = { ...server, failure };
    if (failure === null) this.log.info(fields, 'a hook server says again which hooks it has');
    else if (failure === 'unauthorized') this.log.error(fields, 'a hook server refuses the master key');
    else this.log.warn(fields, 'a hook server does not say which hooks it has');
  }

  /** Whether it takes calls of its hooks is not as it was. */
  refusalChanged(server: Reported, isRefused: boolean): void {
    if (isRefused) this.log.error({ ...server }, 'a hook server refuses calls of its hooks: a key is wrong');
    else this.log.info({ ...server }, 'a hook server takes calls of its hooks again');
  }
}
