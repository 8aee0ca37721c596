import 'reflect-metadata';
import { busErrors } from '#contracts/errors.js';
import { runApp } from '#platform/bootstrap.js';
import { readWebhookDeliverySettings } from './src/webhook-delivery.config.js';
import { WebhookDeliveryModule } from './src/webhook-delivery.module.js';

await runApp(() => {
  const settings = readWebhookDeliverySettings();
  return {
    name: 'webhook-delivery',
    module: WebhookDeliveryModule.forSettings(settings),
    settings,
    errors: busErrors,
  };
});
