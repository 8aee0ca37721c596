import {
  applyDecorators,
  createParamDecorator,
  Delete,
  Get,
  HttpCode,
  Injectable,
  Patch,
  Post,
  Put,
  SetMetadata,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import { HooklineError, invalidRequest } from '#contracts/errors.js';
import { idempotencyKey } from '#contracts/identifiers.js';
import type { IdempotentRequest } from '#contracts/idempotency.js';
import type { CallerKind, Operation } from '#contracts/rest/operation.js';
import { Admission } from '../../admission/admission.port.js';
import type { Caller } from '../../auth/authentication.port.js';

/** A parsed request, as a handler gets it. */
export interface Requested<Definition extends Operation> {
  readonly caller: CallerOf<Definition>;
  readonly parameters: z.output<Definition['parameters']>;
  readonly query: z.output<Definition['query']>;
  readonly body: z.output<Definition['body']>;
  /** The caller's Idempotency-Key in the caller's namespace. */
  readonly idempotency: IdempotentRequest | null;
  /** The client's address. */
  readonly address: string | null;
}

type CallerOf<Definition extends Operation> = Extract<Caller, { kind: Definition['callers'][number] }>;

const operationKey = Symbol('operation');
type Operated = Omit<Requested<Operation>, 'caller'> & { readonly caller: Caller | null };
type OperatedRequest = Request & { operated?: unknown };

/** Authenticates, checks who may call, and parses everything, before the handler runs. */
@Injectable()
class OperationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly admission: Admission,
  ) {}

  /** @throws HooklineError unauthenticated, token_expired, forbidden, invalid_request, unsupported_media_type, rate_limited */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const operation = this.reflector.get<Operation>(operationKey, context.getHandler());
    const request = context.switchToHttp().getRequest<OperatedRequest>();
    const response = context.switchToHttp().getResponse<Response>();
    const { caller, address } = await this.admitted(operation, request, response);
    const hasBody =
      Number(request.headers['content-length'] ?? 0) > 0 || 'transfer-encoding' in request.headers;
    const parsesBody = hasBody && operation.takes !== 'bytes';
    if (parsesBody && request.body === undefined) throw new HooklineError('unsupported_media_type');
    request.operated = {
      caller,
      parameters: parse(operation.parameters, request.params, '/path'),
      query: parse(operation.query, request.query, '/query'),
      // The parser makes {} of an empty JSON body.
      body: parse(operation.body, parsesBody ? (request.body as unknown) : undefined, ''),
      idempotency: idempotencyOf(request, operation, caller),
      address,
    } satisfies Operated;
    return true;
  }

  /** The caller is null where the operation needs no credentials. */
  private async admitted(
    { callers }: Operation,
    request: Request,
    response: Response,
  ): Promise<{ readonly caller: Caller | null; readonly address: string | null }> {
    if (callers.length === 0) return { caller: null, address: this.admission.anybody(request, response) };
    const admitted = await this.admission.request(request, response);
    if (!callers.includes(admitted.caller.kind)) {
      throw new HooklineError('forbidden', `This takes ${callers.map(nameOf).join(' or ')}`);
    }
    return admitted;
  }
}

/** Makes a method the handler of an operation of the contracts. */
export function Operates(operation: Operation): MethodDecorator {
  const methods = { get: Get, post: Post, put: Put, patch: Patch, delete: Delete };
  const status = Number(Object.keys(operation.answers).at(-1));
  return applyDecorators(
    methods[operation.method](`api/v1${operation.path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    HttpCode(status),
    SetMetadata(operationKey, operation),
    UseGuards(OperationGuard),
  );
}

/** The parsed request of the operation. */
export const FromRequest = createParamDecorator(
  (_data: unknown, context: ExecutionContext) =>
    context.switchToHttp().getRequest<OperatedRequest>().operated,
);

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, prefix: string): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { detail, details } = invalidRequest(parsed.error);
  if (prefix === '') throw new HooklineError('invalid_request', detail, details);
  const errors = details.errors?.map((error) => ({ ...error, pointer: `${prefix}${error.pointer}` })) ?? [];
  throw new HooklineError('invalid_request', `${prefix}${detail}`, { errors });
}

function idempotencyOf(
  request: Request,
  operation: Operation,
  caller: Caller | null,
): IdempotentRequest | null {
  const header = request.headers['idempotency-key'];
  if (header === undefined || !operation.idempotent || caller === null) return null;
  const key = idempotencyKey.safeParse(header);
  if (!key.success) {
    const detail = 'The Idempotency-Key must be 1 to 200 visible ASCII characters';
    throw new HooklineError('invalid_request', detail, {
      errors: [{ pointer: '/headers/idempotency-key', detail }],
    });
  }
  return {
    namespace: caller.kind === 'user' ? `user:${caller.userId}` : `${caller.kind}:${operation.id}`,
    key: key.data,
  };
}

function nameOf(kind: CallerKind): string {
  const names = { installation: 'the installation key', master: 'a master key', user: 'a user token' };
  return names[kind];
}
