import fc from 'fast-check';
import type { JsonSchema } from '../harness/documents.js';

/** Values that mean something to the platform, by the name of the field in which they stand. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

/** What nobody should send. */
const rubbish = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom<unknown>(
    null,
    '',
    '\u0000',
    '\ud83d',
    '.',
    '..',
    -1,
    1e308,
    [],
    {},
    '__proto__',
    'x'.repeat(5_000),
  ),
);

/** Makes values from the schemas of a document: right ones, and nearly right ones. */
export class FromSchema {
  constructor(
    private readonly schemas: Readonly<Record<string, JsonSchema>>,
    private readonly known: Known,
  ) {}

  /** Mostly right, with something wrong somewhere once in a while. */
  nearly(schema: JsonSchema, name = ''): fc.Arbitrary<unknown> {
    return fc.oneof({ weight: 40, arbitrary: this.right(schema, name) }, { weight: 1, arbitrary: rubbish });
  }

  private right(schema: JsonSchema, name: string): fc.Arbitrary<unknown> {
    const named = this.known[name];
    if (named !== undefined) {
      return fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom(...named) },
        { weight: 1, arbitrary: this.made(schema) },
      );
    }
    return this.made(schema, name);
  }

  private made(schema: JsonSchema, name = ''): fc.Arbitrary<unknown> {
    if (schema.$ref !== undefined) return this.right(this.schemas[schema.$ref.split('/').at(-1)!]!, name);
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    const branches = schema.anyOf ?? schema.oneOf;
    if (branches !== undefined) return fc.oneof(...branches.map((branch) => this.nearly(branch, name)));
    switch (schema.type) {
      case 'string':
        return text(schema);
      case 'integer':
      case 'number':
        return number(schema);
      case 'boolean':
        return fc.boolean();
      case 'null':
        return fc.constant(null);
      case 'array':
        return fc.array(this.nearly(schema.items ?? {}, name), {
          minLength: schema.minItems ?? 0,
          maxLength: 4,
        });
      case 'object':
        return this.object(schema);
      case undefined:
        break;
    }
    return fc.jsonValue();
  }

  private object({
    properties = {},
    required = [],
    additionalProperties,
  }: JsonSchema): fc.Arbitrary<unknown> {
    const fields = Object.entries(properties).map(([name, schema]) => [name, this.nearly(schema, name)]);
    const own = fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>, {
      requiredKeys: required,
    });
    if (typeof additionalProperties !== 'object') return own;
    const keys = fc
      .oneof(fc.constantFrom<unknown>(...(this.known['conversationId'] ?? ['a'])), fc.string())
      .map(String);
    return fc.dictionary(keys, this.nearly(additionalProperties), { maxKeys: 4 });
  }
}

function text({ format, pattern, minLength = 0, maxLength = 300 }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'base64') return fc.base64String({ minLength });
  const length = { minLength, maxLength: Math.min(maxLength, 300) };
  const any = fc.oneof(fc.string(length), fc.string({ ...length, unit: 'grapheme' }));
  return pattern === undefined ? any : fc.oneof(fc.stringMatching(new RegExp(pattern, 'u')), any);
}

function number({ minimum = -1_000, maximum = 1_000_000 }: JsonSchema): fc.Arbitrary<number> {
  return fc.integer({
    min: Math.max(minimum, Number.MIN_SAFE_INTEGER),
    max: Math.min(maximum, Number.MAX_SAFE_INTEGER),
  });
}
