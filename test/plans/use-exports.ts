import { expect } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { requestOf } from '../harness/rest.js';
import type { World } from '../harness/world.js';

/** What `useExports` must have had seen. */
export const partsOfExports: readonly RegExp[] = [
  /FROM conversation\.session_change AS change/,
  /FROM "conversation"\."revoked_token" WHERE/,
  /WITH block AS MATERIALIZED/,
  /FROM conversation\.file WHERE .* ORDER BY id LIMIT/,
  /FROM conversation\.request WHERE .* ORDER BY key LIMIT/,
  /FROM conversation\.member JOIN \( SELECT conversation\.\*/,
  /FROM conversation\.room_visitor AS visitor/,
  /WITH listed AS MATERIALIZED/,
];

/** Of a user with many files who was in the giant conversation; and of the busy one what comes before its events. */
export async function useExports(world: World, application: TestApplication, busy: TestUser): Promise<void> {
  await application.call(operations.exportUser, { parameters: { userId: 'u8' } });
  const { path, authorization } = requestOf(operations.exportUser, {
    as: busy,
    parameters: { userId: busy.id },
  });
  const { body } = await fetch(`${world.gateways[0]!.url}${path}`, {
    headers: { authorization: authorization! },
  });
  let text = '';
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    text = text.slice(-100) + chunk;
    if (text.includes('{"type":"event"')) break;
  }
  expect(text).toContain('{"type":"event"');
}
