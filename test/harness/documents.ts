import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { hookName } from '#contracts/hooks/names.js';
import { hookDefinition } from '#contracts/hooks/schema.js';
import { jsonLines, rest, type RestAnswer, type RestRequest } from './rest.js';

export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'null' | 'array' | 'object';
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: string[];
  readonly additionalProperties?: boolean | JsonSchema;
}
type Schemas = Readonly<Record<string, JsonSchema>>;
type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

/** An operation of the OpenAPI document. */
export interface Described {
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<
    Record<string, { readonly content?: Content; readonly headers?: Readonly<Record<string, unknown>> }>
  >;
}
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Schemas };
}
interface AsyncApi {
  readonly components: {
    readonly messages: Readonly<Record<string, { readonly name: string; readonly payload: JsonSchema }>>;
    readonly schemas: Schemas;
  };
}

/** What any path answers, whether or not it leads anywhere. */
const beforeRouting = new Set(['not_found', 'method_not_allowed', 'invalid_request', 'rate_limited']);

const describedHeaders = ['RateLimit', 'RateLimit-Policy', 'Retry-After'];

/** The platform has said something that its documents do not say. */
export class Lie extends Error {}

/**
 * What the platform promises to say: its OpenAPI and AsyncAPI documents and its JSON Schemas, as a gateway serves them.
 * Everything that a test gets to hear is compared with them, and not with the schemas that they were made from.
 */
export class Documents {
  /** Also kept, because whoever awaits an answer may try again, and nobody awaits an event. */
  private readonly lies: Lie[] = [];
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly ajv = new Ajv2020({ strict: false, validateSchema: false, logger: false });
  private readonly routes: readonly { pattern: RegExp; path: string; parameters: number }[];

  constructor(
    readonly openApi: OpenApi,
    readonly asyncApi: AsyncApi,
    hooks: object,
    webhooks: object,
  ) {
    addFormats.default(this.ajv);
    this.ajv.addSchema(openApi, 'openapi').addSchema(asyncApi, 'asyncapi');
    this.ajv.addSchema(hooks, 'hooks').addSchema(webhooks, 'webhooks');
    this.routes = Object.keys(openApi.paths)
      .map((path) => ({
        pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}/?$`, 'i'),
        path,
        parameters: path.split('{').length,
      }))
      .toSorted((one, other) => one.parameters - other.parameters);
  }

  static async of(gatewayUrl: string): Promise<Documents> {
    const read = async (path: string): Promise<unknown> =>
      (await rest(gatewayUrl, { method: 'GET', path })).body;
    return new Documents(
      (await read('/api/openapi.json')) as OpenApi,
      (await read('/api/asyncapi.json')) as AsyncApi,
      (await read('/api/hooks.schema.json')) as object,
      (await read('/api/webhooks.schema.json')) as object,
    );
  }

  /** @throws Lie */
  answered({ method, path }: RestRequest, { status, headers, body }: RestAnswer): void {
    if (!path.startsWith('/api/v1/')) return;
    const what = `${method} ${path} -> ${String(status)} ${JSON.stringify(body)}`;
    const pathname = path.split('?', 1)[0] ?? '';
    const route = this.routes.find(({ pattern }) => pattern.test(pathname));
    const described = route && this.openApi.paths[route.path]?.[method.toLowerCase()];
    if (route === undefined || described === undefined) {
      if (!beforeRouting.has((body as { code: string }).code))
        throw this.lie(`${what}: there is no such operation`);
      return;
    }
    const response = described.responses[String(status)];
    if (response === undefined) throw this.lie(`${what}: the status is not described`);
    for (const name of describedHeaders)
      if (headers.has(name) && !Object.hasOwn(response.headers ?? {}, name))
        throw this.lie(`${what}: the header ${name} is not described`);
    if (response.content === undefined) {
      if (body !== undefined) throw this.lie(`${what}: no body is described`);
      return;
    }
    const type = headers.get('content-type')?.split(';', 1)[0] ?? '';
    // Bytes of any type.
    if ('*/*' in response.content) return;
    if (!(type in response.content)) throw this.lie(`${what}: the content type is not described`);
    const operation = ['paths', route.path, method.toLowerCase()];
    const place = [...operation, 'responses', String(status), 'content', type, 'schema'];
    for (const value of type === jsonLines ? (body as unknown[]) : [body]) {
      const difference = this.differenceFrom('openapi', place, value);
      if (difference !== null) throw this.lie(`${what}: ${difference}`);
    }
  }

  /** An event of the server's. Nobody awaits it: `check` tells when it is not described. */
  heard(name: string, payload: unknown): void {
    const isCustom = name.startsWith('custom:');
    const lie = this.saidIn(isCustom ? 'event.custom.name' : `event.${name}`, name, payload);
    if (lie === null && isCustom && (payload as { type: string }).type !== name)
      this.lie(`${name}: heard under another name than its type`);
  }

  /** A hook was called, or a webhook. Nobody awaits it: `check` tells when it is not described. */
  called(body: unknown): void {
    const { data: hook } = hookName.safeParse((body as { readonly hook?: unknown }).hook);
    const lie = this.saidIn(hook === undefined ? 'webhook' : `hook.${hook}`, hook ?? 'webhook', body);
    if (lie !== null) return;
    const difference =
      hook === undefined
        ? this.differenceFrom('webhooks', [], body)
        : this.differenceFrom('hooks', ['$defs', hookDefinition(hook, 'Request')], body);
    if (difference !== null)
      this.lie(`${hook ?? 'webhook'} ${JSON.stringify(body)}: ${difference}, by its JSON Schema`);
  }

  /** The connection was refused. */
  refused(error: unknown): void {
    this.saidIn('connect_error', 'connect_error', error);
  }

  /** @throws Lie */
  acknowledged(command: string, answer: unknown): void {
    const isKnown = Object.hasOwn(this.asyncApi.components.messages, `acknowledgement.${command}`);
    // What does not exist is refused in the form of every other command.
    const lie =
      isKnown || (answer as { ok?: unknown }).ok === true
        ? this.saidIn(`acknowledgement.${command}`, command, answer)
        : this.saidIn('acknowledgement.message.send', command, answer);
    if (lie !== null) throw lie;
  }

  /** @throws AggregateError when anything that was heard is not in the documents */
  check(): void {
    const lies = this.lies.splice(0);
    const texts = lies.slice(0, 5).map(({ message }) => message);
    if (lies.length > 0) throw new AggregateError(lies, texts.join('\n'));
  }

  private saidIn(key: string, name: string, payload: unknown): Lie | null {
    const isDescribed = Object.hasOwn(this.asyncApi.components.messages, key);
    const difference = isDescribed
      ? this.differenceFrom('asyncapi', ['components', 'messages', key, 'payload'], payload)
      : 'is not described';
    return difference === null ? null : this.lie(`${name} ${JSON.stringify(payload)}: ${difference}`);
  }

  private differenceFrom(document: string, place: readonly string[], value: unknown): string | null {
    const pointer = place.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
    const reference = [`${document}#`, ...pointer].join('/');
    let validator = this.validators.get(reference);
    if (validator === undefined) {
      validator = this.ajv.compile({ $ref: reference });
      this.validators.set(reference, validator);
    }
    return validator(value) ? null : this.ajv.errorsText(validator.errors);
  }

  private lie(text: string): Lie {
    const lie = new Lie(text);
    this.lies.push(lie);
    return lie;
  }
}
