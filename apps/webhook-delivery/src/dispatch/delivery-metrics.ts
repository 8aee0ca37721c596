import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { Metrics } from '#platform/metrics.js';

/** Counts and measures what is sent to endpoints. */
@Injectable()
export class DeliveryMetrics {
  private readonly attempts: Counter<'outcome'>;
  private readonly durations: Histogram;
  private readonly disabled: Counter<'reason'>;
  private readonly registry: Metrics['registry'];

  constructor({ registry }: Metrics) {
    this.registry = registry;
    this.attempts = new Counter({
      name: 'hookline_webhook_attempts_total',
      help: 'POSTs to webhooks, by what came of them.',
      labelNames: ['outcome'],
      registers: [registry],
    });
    this.durations = new Histogram({
      name: 'hookline_webhook_attempt_seconds',
      help: 'How long POSTs to webhooks took.',
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15],
      registers: [registry],
    });
    this.disabled = new Counter({
      name: 'hookline_webhooks_disabled_total',
      help: 'Webhooks that were disabled without their owners.',
      labelNames: ['reason'],
      registers: [registry],
    });
  }

  /** @param duration ms */
  count(outcome: string, duration: number): void {
    this.attempts.inc({ outcome });
    this.durations.observe(duration / 1_000);
  }

  countDisabled(reason: string): void {
    this.disabled.inc({ reason });
  }

  /** Asked whenever somebody looks. */
  watch(held: () => number, inHand: () => number): void {
    gauge('hookline_webhook_endpoints_held', 'Webhooks that this process sends to.', held, this.registry);
    gauge(
      'hookline_webhook_deliveries_in_hand',
      'Deliveries that this process has read and not worked off.',
      inHand,
      this.registry,
    );
  }
}

function gauge(name: string, help: string, value: () => number, registry: Metrics['registry']): void {
  const registered = new Gauge({
    ...{ name, help, registers: [registry] },
    collect: () => {
      registered.set(value());
    },
  });
}
