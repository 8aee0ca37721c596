import { expect } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { requestOf } from '../harness/rest.js';
import type { World } from '../harness/world.js';

/** What `useExports` must have had seen. */
export const partsOfExports: readonly RegExp[] = [
  /FROM conversation\.session_change WHERE .* ORDER BY user_id, number/,
  /FROM "conversation"\."revoked_token" WHERE/,
  /WITH block AS MATERIALIZED/,
  /FROM conversation\.file WHERE .* ORDER BY owner_id, id LIMIT/,
  /FROM conversation\.request WHERE .* ORDER BY key LIMIT/,
  /FROM conversation\.member CROSS JOIN LATERAL \( SELECT conversation\.key/,
  /FROM conversation\.room_visitor AS visitor/,
  /WITH own AS MATERIALIZED/,
  /WITH listed AS MATERIALIZED/,
];

/** Of a user of the giant conversation; and the beginnings for one with many files, and one in many conversations. */
export async function useExports(world: World, application: TestApplication, busy: TestUser): Promise<void> {
  await application.call(operations.exportUser, { parameters: { userId: 'u7' } });
  await exportUntil(world, await application.known('u8'), '{"type":"file"');
  await exportUntil(world, busy, '{"type":"event"');
}

async function exportUntil(world: World, as: TestUser, beginning: string): Promise<void> {
  const { path } = requestOf(operations.exportUser, { as, parameters: { userId: as.id } });
  const { authorization } = as;
  const { body } = await fetch(`${world.gateways[0]!.url}${path}`, { headers: { authorization } });
  let text = '';
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    text = text.slice(-beginning.length) + chunk;
    if (text.includes(beginning)) break;
  }
  expect(text).toContain(beginning);
}
