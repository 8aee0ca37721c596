import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';

/** Fields of a log line. Never content of messages, keys, tokens or signed URLs. */
export type LogFields = Readonly<Record<string, unknown>>;

/** JSON lines on standard output, one wide line per unit of work. */
export class Log {
  private constructor(private readonly logger: Logger) {}

  static create(app: string, level: string): Log {
    // Not pino's own destination: when the reader of standard output is gone, that one never lets the process end.
    return new Log(pino({ level, base: { app }, timestamp: pino.stdTimeFunctions.isoTime }, process.stdout));
  }

  child(component: string): Log {
    return new Log(this.logger.child({ component }));
  }

  debug(fields: LogFields, text: string): void {
    this.logger.debug(fields, text);
  }

  info(fields: LogFields, text: string): void {
    this.logger.info(fields, text);
  }

  warn(fields: LogFields, text: string): void {
    this.logger.warn(fields, text);
  }

  error(fields: LogFields & { readonly error?: unknown }, text: string): void {
    const { error, ...rest } = fields;
    this.logger.error(error === undefined ? rest : { ...rest, err: error }, text);
  }
}

/** Nest's own lines, in the same form; its start-up chatter is at debug level. */
export class NestLog implements LoggerService {
  constructor(private readonly target: Log) {}

  log(message: unknown, context?: unknown): void {
    this.target.debug({ context }, String(message));
  }

  error(message: unknown, stack?: unknown, context?: unknown): void {
    this.target.error({ context, stack }, String(message));
  }

  warn(message: unknown, context?: unknown): void {
    this.target.warn({ context }, String(message));
  }
}
