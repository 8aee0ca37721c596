import type { z } from 'zod';
import { baseSettings, databaseSettings, readSettings } from '#platform/configuration.js';

const shape = { ...baseSettings, ...databaseSettings('hookline_push_notification') };

export type PushNotificationSettings = Readonly<z.output<z.ZodObject<typeof shape>>>;

export function readPushNotificationSettings(): PushNotificationSettings {
  return readSettings(shape, process.env);
}
