import { z } from 'zod';
import { baseSettings, databaseSettings, outgoingSettings, readSettings } from '#platform/configuration.js';

const shape = {
  ...baseSettings,
  ...databaseSettings('hookline_webhook_delivery'),
  ...outgoingSettings,
  HOOKLINE_WEBHOOK_ATTEMPT_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(30)
    .default(4)
    .describe('Days for which the attempt log of webhooks is kept; repetitions go on for more than three.'),
};

export type WebhookDeliverySettings = Readonly<z.output<z.ZodObject<typeof shape>>>;

export function readWebhookDeliverySettings(): WebhookDeliverySettings {
  return readSettings(shape, process.env);
}

const day = 24 * 60 * 60 * 1_000;

/** For how long the attempt log is kept. */
export class AttemptLogSettings {
  /** @param days as configured */
  constructor(readonly days: number) {}

  /** In ms. */
  get duration(): number {
    return this.days * day;
  }
}
