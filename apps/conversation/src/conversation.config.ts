import { z } from 'zod';
import { baseSettings, databaseSettings, readSettings } from '#platform/configuration.js';
import { applicationId } from '#contracts/identifiers.js';

const key = z.string().min(8).max(200);

const shape = {
  ...baseSettings,
  ...databaseSettings('hookline_conversation'),
  HOOKLINE_APP_ID: applicationId.optional().describe('Id of the first application, created at start.'),
  HOOKLINE_APP_KEY: key.optional(),
  HOOKLINE_MASTER_KEY: key.optional(),
  HOOKLINE_HOOK_KEY: key.optional(),
  HOOKLINE_FILES_UNATTACHED_HOURS: z.coerce
    .number()
    .min(1)
    .max(24 * 365)
    .default(24)
    .describe('How long a file stays that no message carries.'),
};

export type ConversationSettings = Readonly<z.output<z.ZodObject<typeof shape>>>;

export function readConversationSettings(): ConversationSettings {
  return readSettings(shape, process.env);
}

/** Settings as an injection token. */
export abstract class ConversationConfiguration {
  /** The first application and its keys; null when the environment names none. */
  abstract readonly firstApplication: {
    readonly id: string;
    readonly appKey: string;
    readonly masterKey: string;
    readonly hookKey: string;
  } | null;
  /** How long a file stays that no message carries (ms). */
  abstract readonly filesKeptFor: number;
}

export function conversationConfiguration(settings: ConversationSettings): ConversationConfiguration {
  const {
    HOOKLINE_APP_ID: id,
    HOOKLINE_APP_KEY: appKey,
    HOOKLINE_MASTER_KEY: masterKey,
    HOOKLINE_HOOK_KEY: hookKey,
  } = settings;
  const isComplete =
    id !== undefined && appKey !== undefined && masterKey !== undefined && hookKey !== undefined;
  return {
    firstApplication: isComplete ? { id, appKey, masterKey, hookKey } : null,
    filesKeptFor: settings.HOOKLINE_FILES_UNATTACHED_HOURS * 60 * 60 * 1000,
  };
}
