import { expect } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { webhookSchema, webhookSchemaId } from '#contracts/webhooks/schema.js';

const ajv = new Ajv2020({ strict: true });
addFormats.default(ajv);
ajv.addSchema(webhookSchema());

/** The published schema says what a webhook gets. @param body JSON */
export function expectDescribed(body: string): void {
  ajv.validate(webhookSchemaId, JSON.parse(body));
  expect(ajv.errors).toBeNull();
}
