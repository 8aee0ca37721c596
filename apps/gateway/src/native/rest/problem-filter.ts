import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { errorCatalogue, HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { Log } from '#platform/log.js';
import { knownMethods } from './known-methods.js';

/** Errors of the body parser carry a `type` (express, http-errors). */
interface ParserError {
  readonly type?: string;
  readonly status?: number;
}

/** Every HTTP error of the native dialect leaves here, as RFC 9457 problem+json. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    if (error instanceof HttpException && isHealth(error)) {
      response.status(error.getStatus()).json(error.getResponse());
      return;
    }
    if (response.headersSent) return;
    const methods = isNotFound(error) ? knownMethods(host.switchToHttp().getRequest<Request>().path) : [];
    if (methods.length > 0) response.setHeader('Allow', methods.join(', '));
    const known = methods.length > 0 ? new HooklineError('method_not_allowed') : this.known(error);
    const { status, retryable } = errorCatalogue[known.code];
    if (status === 401)
      response.setHeader('WWW-Authenticate', 'Basic realm="application id and master key", Bearer');
    const { retryAfter = 1_000 } = known.details;
    if (retryable && status !== 500) response.setHeader('Retry-After', String(Math.ceil(retryAfter / 1_000)));
    response.status(status).type('application/problem+json').send(JSON.stringify(known.toProblem()));
  }

  private known(error: unknown): HooklineError {
    if (error instanceof HooklineError) return error;
    // Nest wraps what the parser says.
    const { type, status } = (error instanceof HttpException ? (error.cause ?? error) : error) as ParserError;
    if (type === 'entity.too.large') {
      return new HooklineError(
        'body_too_large',
        `A body has at most ${String(limits.requestBodyBytes)} bytes`,
      );
    }
    if (type === 'entity.parse.failed' || type === 'request.size.invalid' || type === 'request.aborted') {
      return new HooklineError('invalid_json');
    }
    if (type === 'charset.unsupported' || type === 'encoding.unsupported' || status === 415) {
      return new HooklineError('unsupported_media_type');
    }
    const code = error instanceof HttpException ? error.getStatus() : status;
    if (code === 404) return new HooklineError('not_found');
    if (code === 413) return new HooklineError('body_too_large');
    if (code !== undefined && code >= 400 && code < 500) return new HooklineError('invalid_request');
    this.log.error({ error }, 'a request failed');
    return new HooklineError('internal_error');
  }
}

/** Nest's router found no route: the path is unknown, or only its method is. */
function isNotFound(error: unknown): boolean {
  return error instanceof HttpException && error.getStatus() === 404;
}

/** The health endpoints answer in their own form. */
function isHealth(error: HttpException): boolean {
  const body = error.getResponse();
  return typeof body === 'object' && 'failing' in body;
}
