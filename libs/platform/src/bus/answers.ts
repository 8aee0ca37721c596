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
import { OutageLog } from '../database/outage-log.js';
import { BusErrors, type BusCall } from './bus.js';
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

/**
 * Errors from the catalogue travel to the asker, and so does that the database is away; everything else is logged here and
 * travels without its text.
 */
@Injectable()
@Catch()
class WireErrors implements RpcExceptionFilter {
  private readonly logger = new Logger('Answers');

  constructor(
    private readonly errors: BusErrors,
    private readonly outages: OutageLog,
  ) {}

  catch(error: unknown): Observable<never> {
    const known = this.outages.explains(error) ? this.errors.revive({ kind: 'database_away' }) : error;
    if (isWired(known)) return throwError(() => known.toWire());
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
    UseFilters(WireErrors),
  );
}
