import type { z } from 'zod';
import { laidOut } from '../json-schema.js';
import { webhookBodies } from './payloads.js';

/** Names no server: every installation of this version has the same schema. */
export const webhookSchemaId = 'urn:hookline:webhooks:v1';

/** As the schema calls a body: `WebhookMessage`. */
function definitionOf(body: z.ZodType): string {
  const { id } = body.meta() ?? {};
  if (id === undefined) throw new Error('Every body of a webhook has a name');
  return id;
}

/**
 * One JSON Schema (draft 2020-12) of what is POSTed to webhooks: `$defs` has the body of each type of event and those that
 * combine several; the whole is any body.
 */
export function webhookSchema() {
  const bodies = webhookBodies.map((body): [string, z.ZodType] => [definitionOf(body), body]);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: webhookSchemaId,
    title: 'Webhooks of Hookline',
    description:
      "What is POSTed to a webhook's URL: told apart by `type`; an array is of the format `leancloud`, and what has `application_id` of `vonage`. Later versions may add fields.",
    oneOf: bodies.map(([name]) => ({ $ref: `#/$defs/${name}` })),
    $defs: laidOut(Object.fromEntries(bodies), 'output').$defs,
  };
}
