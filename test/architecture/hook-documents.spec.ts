import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { hookAnswers } from '#contracts/hooks/answers.js';
import { blockingHookName, hookName, type BlockingHookName, type HookName } from '#contracts/hooks/names.js';
import { hookRequests } from '#contracts/hooks/requests.js';
import { hookDefinition, hookSchema, hookSchemaId } from '#contracts/hooks/schema.js';

const guide = readFileSync(fileURLToPath(new URL('../../docs/hooks.md', import.meta.url)), 'utf8');

/** What every request, or nearly every one, has; examples may leave it out. */
const head = {
  id: 'd1b2c3d4-5e6f-5a7b-8c9d-0e1f2a3b4c5d',
  applicationId: 'cartoons',
  timestamp: 1_472_200_796_764,
  conversation: { id: 'kitchen', kind: 'group' },
  origin: { address: '127.0.0.1', dialect: 'native' },
};

const ajv = new Ajv2020();
addFormats.default(ajv);
ajv.addSchema(hookSchema());

/** By the published schema. */
function expectDescribed(name: HookName, part: 'Request' | 'Answer', value: object): void {
  ajv.validate(`${hookSchemaId}#/$defs/${hookDefinition(name, part)}`, value);
  expect(ajv.errors).toBeNull();
}

interface Section {
  readonly name: HookName;
  readonly text: string;
}

/** The sections whose titles name hooks, each for the first of them. */
const sections: Section[] = guide.split(/^## /m).flatMap((text) => {
  const name = hookName.safeParse(/^\w+/.exec(text)?.[0]);
  return name.success ? [{ name: name.data, text }] : [];
});
const requests = sections.flatMap(({ name, text }) =>
  [...text.matchAll(/^```json\n(.*?)^```$/gms)].map(([, json = '']) => {
    const shown = JSON.parse(json) as { readonly hook?: string };
    return { hook: hookName.parse(shown.hook ?? name), shown };
  }),
);
const answers = sections.flatMap(({ name, text }) =>
  blockingHookName.safeParse(name).success
    ? [...text.matchAll(/^\| `(\{.*?\})` +\|/gm)].map(([, json = '']) => ({
        name: name as BlockingHookName,
        answer: JSON.parse(json) as object,
      }))
    : [],
);

describe('docs/hooks.md', () => {
  test.each(requests)('shows requests of $hook, and no field that they do not have', ({ hook, shown }) => {
    const request = { ...head, hook, ...shown };
    expect(hookRequests[hook].parse(request)).toMatchObject(shown);
    expectDescribed(hook, 'Request', request);
  });

  test.each(answers)('shows answers that $name hooks may give: $answer', ({ name, answer }) => {
    expect(hookAnswers[name].parse(answer)).toEqual(answer);
    expectDescribed(name, 'Answer', answer);
  });

  test('has examples', () => {
    expect(requests.length).toBeGreaterThanOrEqual(3);
    expect(answers.length).toBeGreaterThanOrEqual(9);
  });
});
