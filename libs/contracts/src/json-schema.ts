import { z } from 'zod';

/** By their names, as far as they have no id; and by their ids. */
interface LaidOut {
  readonly properties: Readonly<Record<string, object>>;
  readonly $defs: Readonly<Record<string, object>>;
}

/**
 * Schemas as a JSON Schema (draft 2020-12) has them, with no keyword beyond the draft: strict validators and generators in
 * other languages take them as they are. Those that have an id stand in `$defs`.
 *
 * @param io `input` for what is read of others, `output` for what is said to them: readers pass over fields that are new
 */
export function laidOut(schemas: Readonly<Record<string, z.ZodType>>, io: 'input' | 'output'): LaidOut {
  const { properties = {}, $defs = {} } = z.toJSONSchema(z.object(schemas), {
    io,
    // Any JSON value is a check of our own, which no keyword says.
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      if (def.type === 'object' && def.catchall === undefined) delete jsonSchema.additionalProperties;
      useKeywordsOfDraft(jsonSchema);
    },
  });
  return { properties, $defs } as LaidOut;
}

/** Of what our other documents say in keywords of OpenAPI, and of their own. */
function useKeywordsOfDraft(schema: Record<string, unknown>): void {
  const { description, example, 'x-maximum-bytes': bytes } = schema;
  if (typeof bytes === 'number') {
    const size = `At most ${String(bytes)} bytes.`;
    schema['description'] = typeof description === 'string' ? `${description} ${size}` : size;
  }
  if (example !== undefined) schema['examples'] = [example];
  delete schema['x-maximum-bytes'];
  delete schema['example'];
  // Of jsonValue: for the generator of OpenAPI.
  delete schema['override'];
  // contentEncoding and pattern say it; the draft has no such format.
  if (schema['format'] === 'base64') delete schema['format'];
}
