import { z } from 'zod';
import { baseSettings, readSettings } from '#platform/configuration.js';

const shape = {
  ...baseSettings,
  PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(3000)
    .describe('Port for clients; 0 takes a free one.'),
  HOOKLINE_INSTALLATION_KEY: z.string().min(16).max(200).describe('Creates applications.'),
};

export type GatewaySettings = Readonly<z.output<z.ZodObject<typeof shape>>>;

export function readGatewaySettings(): GatewaySettings {
  return readSettings(shape, process.env);
}

/** Settings as an injection token. */
export abstract class GatewayConfiguration {
  abstract readonly installationKey: string;
}
