import type { z } from 'zod';
import { baseSettings, databaseSettings, outgoingSettings, readSettings } from '#platform/configuration.js';

const shape = {
  ...baseSettings,
  ...databaseSettings('hookline_webhook_delivery'),
  ...outgoingSettings,
};

export type WebhookDeliverySettings = Readonly<z.output<z.ZodObject<typeof shape>>>;

export function readWebhookDeliverySettings(): WebhookDeliverySettings {
  return readSettings(shape, process.env);
}
