import { z } from 'zod';
import { baseSettings, commaSeparated, readSettings } from '#platform/configuration.js';
import type { Rate } from '#platform/rate-limiting/token-buckets.js';
import { fileSettings, type FilesConfiguration } from './files.config.js';

/** `<per second>/<burst>`, or `off`. */
const rate = (usual: string) =>
  z
    .string()
    .regex(/^(off|[0-9]{1,6}(\.[0-9]{1,3})?\/[1-9][0-9]{0,6})$/)
    .refine((text) => !/^0(\.0+)?\//.test(text))
    .default(usual)
    .transform((text): Rate => {
      const [perSecond, burst] = text.split('/').map(Number);
      return perSecond === undefined || burst === undefined ? null : { perSecond, burst };
    });

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
  HOOKLINE_TRUSTED_PROXIES: commaSeparated.describe(
    "Proxies (CIDR, comma-separated) whose X-Forwarded-For says the client's address; others are not believed.",
  ),
  HOOKLINE_PUBLIC_URL: z
    .string()
    .regex(/^https?:\/\/[^/?#@]+\/?$/)
    .refine((text) => URL.canParse(text), 'must be a scheme and a host')
    .transform((text) => new URL(text).origin)
    .optional()
    .describe('Scheme and host by which clients come, for links; without it what each request says of them.'),
  HOOKLINE_LIMIT_ADDRESS: rate('1000/5000').describe('REST requests of one address.'),
  HOOKLINE_LIMIT_CONNECTIONS: rate('500/20000').describe('Attempts of one address to connect a socket.'),
  HOOKLINE_LIMIT_USER: rate('200/2000').describe('Requests and commands of one user.'),
  HOOKLINE_LIMIT_APPLICATION: rate('5000/20000').describe('Requests and commands of one application.'),
  HOOKLINE_LIMIT_FAILURES: rate('1/100').describe('Wrong credentials from one address.'),
  HOOKLINE_LIMIT_BROADCASTS: rate('0.167/10').describe('Broadcasts of one application.'),
  HOOKLINE_VONAGE_ACL: z
    .enum(['required', 'optional'])
    .default('required')
    .describe("Whether a user's token of Vonage's without the claim `acl` opens nothing, or everything."),
  HOOKLINE_PLAYGROUND_URL: z
    .url()
    .optional()
    .describe(
      'Where the server of the playground is, which `npm start` sets; without it there is no page at /.',
    ),
  ...fileSettings,
};

export type GatewaySettings = Readonly<z.output<z.ZodObject<typeof shape>>>;

export function readGatewaySettings(): GatewaySettings {
  return readSettings(shape, process.env);
}

/** Settings as an injection token. */
export abstract class GatewayConfiguration {
  abstract readonly installationKey: string;
  abstract readonly files: FilesConfiguration;
  /** CIDR ranges. */
  abstract readonly trustedProxies: readonly string[];
  /** Scheme and host; null: those by which a request has come. */
  abstract readonly publicUrl: string | null;
  abstract readonly rates: {
    readonly address: Rate;
    readonly connections: Rate;
    readonly user: Rate;
    readonly application: Rate;
    readonly failures: Rate;
    readonly broadcasts: Rate;
  };
  /** Whether users' tokens of Vonage's protocol have to say what they open. */
  abstract readonly isVonageAclRequired: boolean;
  /** Null: no playground. */
  abstract readonly playgroundUrl: string | null;
}
