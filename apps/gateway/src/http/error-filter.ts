import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { Log } from '#platform/log.js';
import { answerOf, noRoute as noLeanCloudRoute } from '../dialects/leancloud/leancloud-errors.port.js';
import {
  answerOf as vonageAnswerOf,
  noRoute as noVonageRoute,
} from '../dialects/vonage/vonage-errors.port.js';
import { noRoute, problemOf } from '../native/rest/problem.port.js';
import { dialectOf, type Dialect } from './dialect-of.js';
import type { ErrorAnswer } from './error-answer.port.js';

/** Errors of the body parser carry a `type` (express, http-errors). */
interface ParserError {
  readonly type?: string;
  readonly status?: number;
}

/** How a dialect tells what went wrong. */
interface ErrorForm {
  readonly answer: (error: HooklineError, path: string) => ErrorAnswer;
  /** Of a path and method that no handler has. */
  readonly noRoute: (path: string) => ErrorAnswer;
}

const forms: Readonly<Record<Dialect, ErrorForm>> = {
  native: { answer: problemOf, noRoute },
  leancloud: { answer: answerOf, noRoute: noLeanCloudRoute },
  vonage: { answer: vonageAnswerOf, noRoute: noVonageRoute },
};

/** Every HTTP error leaves here, in the form of the dialect that was spoken. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const response = http.getResponse<Response>();
    if (error instanceof HttpException && isHealth(error)) {
      response.status(error.getStatus()).json(error.getResponse());
      return;
    }
    if (response.headersSent) return;
    const { path } = http.getRequest<Request>();
    const form = forms[dialectOf(path)];
    const answer = isNotFound(error) ? form.noRoute(path) : form.answer(this.known(error), path);
    response.status(answer.status).set(answer.headers).type(answer.mediaType);
    response.send(JSON.stringify(answer.body));
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

/** Nest's router found no route. */
function isNotFound(error: unknown): boolean {
  return error instanceof HttpException && error.getStatus() === 404;
}

/** The health endpoints answer in their own form. */
function isHealth(error: HttpException): boolean {
  const body = error.getResponse();
  return typeof body === 'object' && 'failing' in body;
}
