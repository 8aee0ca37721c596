import {
  applyDecorators,
  Catch,
  Injectable,
  Logger,
  UseFilters,
  UseInterceptors,
  UsePipes,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
  type RpcExceptionFilter,
} from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { finalize, throwError, type Observable } from 'rxjs';
import type { BusCall } from './bus.js';
import { questionsInFlight } from './in-flight.js';

/** Parses the question with the call's schema; a wrong one is a defect or a release too far apart. */
@Injectable()
class QuestionPipe implements PipeTransform {
  constructor(private readonly call: BusCall<unknown, unknown>) {}

  transform(value: unknown): unknown {
    return this.call.question.parse(value);
  }
}

/** A stopping replica waits for what it has taken. */
class CountInFlight implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    questionsInFlight.enter();
    return next.handle().pipe(
      finalize(() => {
        questionsInFlight.leave();
      }),
    );
  }
}

interface Wired {
  toWire(): unknown;
}

function isWired(error: unknown): error is Wired {
  return typeof error === 'object' && error !== null && 'toWire' in error;
}

/** Errors from the catalogue travel to the asker; everything else is logged here and travels without its text. */
@Catch()
class WireErrors implements RpcExceptionFilter {
  private readonly logger = new Logger('Answers');

  catch(error: unknown): Observable<never> {
    if (isWired(error)) return throwError(() => error.toWire());
    this.logger.error(
      'A question could not be answered',
      error instanceof Error ? error.stack : String(error),
    );
    return throwError(() => ({}));
  }
}

/**
 * The method answers a call: it gets the parsed question and returns the answer. Replicas share the work unless
 * `everyReplica` is set, in which case each of them hears every question.
 */
export function Answers(
  call: BusCall<unknown, unknown>,
  { everyReplica = false }: { readonly everyReplica?: boolean } = {},
): MethodDecorator {
  return applyDecorators(
    MessagePattern(call.subject, { everyReplica }),
    UseInterceptors(new CountInFlight()),
    UsePipes(new QuestionPipe(call)),
    UseFilters(new WireErrors()),
  );
}
