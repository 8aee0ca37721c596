import type { z } from 'zod';
import { baseSettings, databaseSettings, outgoingSettings, readSettings } from '#platform/configuration.js';

const shape = {
  ...baseSettings,
  ...databaseSettings('hookline_hook_engine'),
  ...outgoingSettings,
};

export type HookEngineSettings = Readonly<z.output<z.ZodObject<typeof shape>>>;

export function readHookEngineSettings(): HookEngineSettings {
  return readSettings(shape, process.env);
}
