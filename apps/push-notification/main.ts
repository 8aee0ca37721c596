import 'reflect-metadata';
import { busErrors } from '#contracts/errors.js';
import { runApp } from '#platform/bootstrap.js';
import { readPushNotificationSettings } from './src/push-notification.config.js';
import { PushNotificationModule } from './src/push-notification.module.js';

await runApp(() => ({
  name: 'push-notification',
  module: PushNotificationModule,
  settings: readPushNotificationSettings(),
  errors: busErrors,
}));
