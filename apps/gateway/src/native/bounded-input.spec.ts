import { describe, expect, test } from '@jest/globals';
import { asyncApiDocument } from './asyncapi.js';
import { openApiDocument } from './rest/openapi.js';

type Schema = Readonly<Record<string, unknown>>;
interface Whole {
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly messages?: Readonly<Record<string, { readonly payload: Schema }>>;
  };
}

/** Where a schema lets in as much as somebody likes to send. `x-maximum-bytes` bounds whatever is below it. */
function unboundedIn(document: Whole, root: Schema): string[] {
  const found: string[] = [];
  const seen = new Set<unknown>();
  const open: [unknown, string][] = [[root, '']];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [schema, path] = next as [Schema, string];
    if (seen.has(schema) || 'x-maximum-bytes' in schema || 'enum' in schema || 'const' in schema) continue;
    seen.add(schema);
    const below = (value: unknown, part: string): void => {
      if (typeof value === 'object' && value !== null) open.push([value, `${path}/${part}`]);
    };
    const { $ref } = schema as { $ref?: string };
    const branches = [...alternatives(schema)];
    if ($ref !== undefined) below(document.components.schemas[$ref.split('/').at(-1)!], '');
    for (const branch of branches) below(branch, '');
    for (const [name, property] of Object.entries((schema['properties'] ?? {}) as Schema))
      below(property, name);
    below(schema['additionalProperties'], '*');
    below(schema['items'], '[]');
    if ($ref === undefined && branches.length === 0 && !isBounded(schema)) found.push(path || '/');
  }
  return found;
}

function alternatives(schema: Schema): unknown[] {
  return ['anyOf', 'oneOf', 'allOf'].flatMap((name) => (schema[name] ?? []) as unknown[]);
}

function isBounded(schema: Schema): boolean {
  const types = [schema['type']].flat();
  return types.every((type) => isBoundedAs(type, schema));
}

function isBoundedAs(type: unknown, schema: Schema): boolean {
  switch (type) {
    case 'string':
      return 'maxLength' in schema || isFixedForm(schema);
    case 'array':
      return 'maxItems' in schema;
    case 'object':
      return (
        !('additionalProperties' in schema) ||
        schema['additionalProperties'] === false ||
        'maxProperties' in schema
      );
    case 'integer':
    case 'number':
    case 'boolean':
    case 'null':
      return true;
    default:
      return false;
  }
}

/** UUIDs and the like, and patterns from the first to the last character without a quantifier that has no end. */
function isFixedForm({ format, pattern }: Schema): boolean {
  if (format === 'uuid' || format === 'date-time') return true;
  return (
    typeof pattern === 'string' &&
    /^\^.*\$$/.test(pattern) &&
    !/[+*]|,\}/.test(pattern.replaceAll(/\\.|\[[^\]]*\]/g, ''))
  );
}

describe('whatever is sent in has a bound in the documents', () => {
  const openApi = openApiDocument() as unknown as Whole & {
    paths: Record<
      string,
      Record<
        string,
        {
          operationId: string;
          parameters?: { schema: Schema }[];
          requestBody?: { content: Record<string, { schema: Schema }> };
        }
      >
    >;
  };
  const operations = Object.values(openApi.paths).flatMap((methods) => Object.values(methods));
  test.each(operations.map((operation) => [operation.operationId, operation] as const))(
    '%s',
    (_id, operation) => {
      // Bytes have no schema: they are counted as they come.
      const body = operation.requestBody?.content['application/json'];
      const schemas = [...(operation.parameters ?? []), ...(body ? [body] : [])].map(({ schema }) => schema);
      expect(schemas.flatMap((schema) => unboundedIn(openApi, schema))).toEqual([]);
    },
  );

  const asyncApi = asyncApiDocument() as Whole;
  const said = Object.entries(asyncApi.components.messages!).filter(([key]) =>
    /^(command\.|handshake|verdict)/.test(key),
  );
  test.each(said)('%s', (_key, { payload }) => {
    expect(unboundedIn(asyncApi, payload)).toEqual([]);
  });
});
