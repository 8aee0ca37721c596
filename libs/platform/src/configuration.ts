import { z } from 'zod';

/** Thrown for settings that cannot be used; the message has one line per wrong variable and never a value. */
export class ConfigurationError extends Error {}

const sealingKey = z
  .base64()
  .refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64')
  .describe('Key of AES-256-GCM that seals stored secrets: 32 bytes in base64.');

/** Settings that every app has, by the name of their environment variable. */
export const baseSettings = {
  NATS_URL: z
    .url({ protocol: /^(nats|tls)$/ })
    .default('nats://127.0.0.1:4222')
    .describe('nats-server to use; user and password may stand in it.'),
  HOOKLINE_HOST: z.string().default('127.0.0.1').describe('Address to listen on.'),
  HOOKLINE_PRIVATE_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .describe('Port of /health and /metrics; 0 takes a free one.'),
  HOOKLINE_ENCRYPTION_KEY: sealingKey,
  HOOKLINE_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
  HOOKLINE_PARENT_PIPE: z.coerce
    .number()
    .int()
    .min(3)
    .optional()
    .describe('File descriptor of a pipe; the app stops when its other end closes.'),
};

/** Settings of apps that own a PostgreSQL schema. `role` is taken at every connection's start; empty takes none. */
export const databaseSettings = (role: string) => ({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).describe('PostgreSQL to use.'),
  HOOKLINE_DATABASE_ROLE: z
    .string()
    .regex(/^[A-Za-z0-9_]*$/)
    .default(role)
    .describe('Role to take after login; empty when DATABASE_URL has a login of this app alone.'),
  HOOKLINE_DATABASE_CONNECTIONS: z.coerce
    .number()
    .int()
    .min(2)
    .max(100)
    .default(8)
    .describe('Connections at most, half of them for what runs most often.'),
});

/** A list in one variable; empty: none. */
export const commaSeparated = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );

/** Comma-separated CIDR ranges that outgoing requests may reach although they are not public. */
export const outgoingSettings = {
  HOOKLINE_OUTGOING_ALLOW: commaSeparated.describe(
    'Private address ranges (CIDR, comma-separated) that hooks and webhooks may lead to.',
  ),
};

export type BaseSettings = z.output<z.ZodObject<typeof baseSettings>>;
export type DatabaseSettings = z.output<z.ZodObject<ReturnType<typeof databaseSettings>>>;

/**
 * Reads the settings once, checks all of them, and freezes them.
 *
 * @throws ConfigurationError naming every variable that is wrong; values are not repeated, they may be secrets.
 */
export function readSettings<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<z.output<z.ZodObject<Shape>>> {
  const present = Object.fromEntries(
    Object.keys(shape).flatMap((name) =>
      environment[name] === undefined || (environment[name] === '' && name !== 'HOOKLINE_DATABASE_ROLE')
        ? []
        : [[name, environment[name]]],
    ),
  );
  const parsed = z.object(shape).safeParse(present);
  if (parsed.success) return Object.freeze(parsed.data);
  const lines = parsed.error.issues.map((issue) => {
    const [name] = issue.path;
    const missing = name !== undefined && present[String(name)] === undefined;
    return `${String(name)} ${missing ? 'is not set' : `is not usable: ${issue.message}`}`;
  });
  throw new ConfigurationError(lines.join('\n'));
}
