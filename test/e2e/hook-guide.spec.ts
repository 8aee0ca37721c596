import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import { freePort } from '../../scripts/ports.mjs';
import { ensureProgram } from '../../scripts/system-package.mjs';
import { Example, examplePath } from '../harness/example.js';
import { SharedWorld } from '../harness/shared-world.js';

const guide = readFileSync(fileURLToPath(new URL('../../docs/hooks.md', import.meta.url)), 'utf8');

/** The only listing of this language. */
function listing(language: string): string {
  const found = [...guide.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))];
  expect(found).toHaveLength(1);
  return found[0]![1]!;
}

let world: SharedWorld;
let folder: string;
let server: Example | undefined;

beforeAll(async () => {
  world = await SharedWorld.attach();
  folder = mkdtempSync(join(tmpdir(), 'hook-guide-'));
});
afterEach(() => server?.stop());
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await world.close();
});

const programs: readonly [string, () => Promise<[command: string, path: string]>][] = [
  [
    'js',
    () => {
      const path = join(folder, 'hook-server.mjs');
      writeFileSync(path, listing('js'));
      return Promise.resolve([process.execPath, path]);
    },
  ],
  [
    'python',
    async () => {
      const path = examplePath('moderation-hook-python/hook_server.py');
      expect(listing('python')).toBe(readFileSync(path, 'utf8'));
      const python = await ensureProgram({
        commands: ['python3'],
        systemPackage: 'python3',
        otherWays: 'put python3 on PATH',
        log: () => undefined,
      });
      return [python, path];
    },
  ],
];

test.each(programs)(
  "docs/hooks.md's listing in %s is a hook server, which believes signatures alone",
  async (_language, program) => {
    const application = await world.application();
    const tom = await application.user('tom');
    const group = await application.group([tom]);
    const port = await freePort();
    const url = `http://127.0.0.1:${String(port)}/`;
    const { secret } = await application.call<{ secret: string }>(operations.createHook, {
      body: { name: 'messageReceived', url, failurePolicy: 'abort', deadline: 9_000 },
    });
    const [command, path] = await program();
    // For programs that are found through a shell script, as version managers have them.
    const PATH = '/usr/local/bin:/usr/bin:/bin';
    server = new Example(command, [path], { PATH, PORT: String(port), HOOK_SECRET: secret });
    await server.says(`listens on ${url}`);
    const rewritten = { content: { type: 'text', text: 'Holy **!' } };
    expect(await tom.send(group, 'Holy crap!')).toMatchObject({ status: 201, body: { modified: rewritten } });
    expect(await tom.send(group, 'Hello')).toMatchObject({ status: 201, body: { modified: null } });
    expect(await tom.sendCustom(group, 'wave', 'crap')).toMatchObject({
      status: 201,
      body: { modified: null },
    });
    const forged = await fetch(url, { method: 'POST', body: '{"event":{"content":{}}}' });
    expect(forged.status).toBe(401);
    expect(server.output).not.toContain('Traceback');
  },
);
