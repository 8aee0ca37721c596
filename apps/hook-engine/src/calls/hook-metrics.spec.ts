import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { HookMetrics } from './hook-metrics.js';

const hook = { applicationId: 'a', id: 'h', name: 'messageReceived' } as const;
const exchange = { status: null, sentBytes: 2, heard: null };

test('what failed before a call was made is counted, but took no time of the hook', async () => {
  const registry = new Registry();
  const metrics = new HookMetrics({ registry });
  metrics.count(hook, 'circuit_open', { duration: 0, exchange: null });
  metrics.count(hook, 'timeout', { duration: 3_000, exchange: null });
  metrics.count(hook, 'timeout', { duration: 2_000, exchange });
  const shown = await registry.metrics();
  const labels = 'application="a",hook="h",name="messageReceived"';
  expect(shown).toContain(`hookline_hook_calls_total{${labels},outcome="circuit_open"} 1`);
  expect(shown).toContain(`hookline_hook_calls_total{${labels},outcome="timeout"} 2`);
  expect(shown).toContain(`hookline_hook_call_seconds_count{${labels}} 1`);
  expect(shown).toContain(`hookline_hook_call_seconds_sum{${labels}} 2\n`);
});
