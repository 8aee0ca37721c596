import { createSocket, type Socket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HostNames } from './host-names.js';

const folder = mkdtempSync(join(tmpdir(), 'host-names-'));
const hostsFile = join(folder, 'hosts');
let socket: Socket;
let names: HostNames;
/** Questions about `*.slow.test` wait until they are let go. */
let held: (() => void)[] | null = [];

const serverAt = ({ port }: { readonly port: number }) => `127.0.0.1:${String(port)}`;

/** Knows `*.quick.test`, and no other names; says nothing at all about `*.mute.test`, nor of IPv6 about `*.half.test`. */
beforeAll(async () => {
  writeFileSync(
    hostsFile,
    '# 192.0.2.9 commented.test\n192.0.2.1 Listed.test\talias.test # known\n2001:db8::1 listed.test\n',
  );
  socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    const answer = (): void => {
      socket.send(answerTo(question), port, address);
    };
    if (question.includes('mute') || (question.includes('half') && !asksForFour(question))) return;
    if (held !== null && question.includes('slow')) held.push(answer);
    else answer();
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  names = new HostNames({ hostsFile, servers: [serverAt(socket.address())] });
});
afterAll(() => {
  socket.close();
  rmSync(folder, { recursive: true });
});

/** RFC 1035: a header of 12 bytes, the question with its name in labels, its type and class, then the answer. */
function answerTo(question: Buffer): Buffer {
  const end = question.indexOf(0, 12) + 5;
  const asked = question.subarray(12, end);
  const isKnown = asked.includes('quick') || asked.includes('half');
  const hasAddress = isKnown && asksForFour(question);
  const header = Buffer.from(question.subarray(0, 12));
  header.writeUInt16BE(isKnown ? 0x8180 : 0x8183, 2);
  for (const [place, count] of [1, hasAddress ? 1 : 0, 0, 0].entries())
    header.writeUInt16BE(count, 4 + 2 * place);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 7]);
  return Buffer.concat([header, asked, ...(hasAddress ? [record] : [])]);
}

function asksForFour(question: Buffer): boolean {
  return question.readUInt16BE(question.indexOf(0, 12) + 1) === 1;
}

describe('addresses of a name', () => {
  test('come from the hosts file, however it is written', async () => {
    const both = [
      { address: '192.0.2.1', family: 4 },
      { address: '2001:db8::1', family: 6 },
    ];
    expect(await names.addresses('listed.test')).toEqual(both);
    expect(await names.addresses('LISTED.test.')).toEqual(both);
    expect(await names.addresses('alias.test')).toEqual(both.slice(0, 1));
  });

  test('else from a name server, which may know none', async () => {
    expect(await names.addresses('a.quick.test')).toEqual([{ address: '192.0.2.7', family: 4 }]);
    await expect(names.addresses('a.unknown.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  test('of the machine itself come from the system', async () => {
    expect(await names.addresses('localhost')).toContainEqual({ address: '127.0.0.1', family: 4 });
  });

  test('wait for no others, however many of them are not answered yet', async () => {
    let answered = 0;
    const slow = Promise.allSettled(
      Array.from({ length: 50 }, (_, index) =>
        names.addresses(`name-${String(index)}.slow.test`).finally(() => (answered += 1)),
      ),
    );
    expect(await names.addresses('b.quick.test')).toHaveLength(1);
    expect(answered).toBe(0);
    for (const answer of held ?? []) answer();
    held = null;
    for (const outcome of await slow) expect(outcome).toMatchObject({ reason: { code: 'ENOTFOUND' } });
  });
});

describe('whose failure it is', () => {
  const unreachable = { code: 'NAME_SERVER_UNREACHABLE' };
  let silent: Socket;

  beforeAll(async () => {
    silent = createSocket('udp4');
    silent.bind(0, '127.0.0.1');
    await once(silent, 'listening');
  });
  afterAll(() => {
    silent.close();
  });

  test('ours, when nobody listens at the name server', async () => {
    const gone = createSocket('udp4');
    gone.bind(0, '127.0.0.1');
    await once(gone, 'listening');
    const servers = [serverAt(gone.address())];
    await new Promise<void>((resolve) => gone.close(resolve));
    await expect(new HostNames({ hostsFile, servers }).addresses('a.quick.test')).rejects.toMatchObject(
      unreachable,
    );
  });

  test('ours, when the name server answers nothing', async () => {
    const servers = [serverAt(silent.address())];
    await expect(new HostNames({ hostsFile, servers }).addresses('a.quick.test')).rejects.toMatchObject(
      unreachable,
    );
  });

  test('not ours, when it answers nothing about this name alone', async () => {
    await expect(names.addresses('a.mute.test')).rejects.toMatchObject({ code: 'ETIMEOUT' });
  }, 20_000);
});

test('addresses of IPv6 are not waited for until the name server is given up', async () => {
  const givenUp = new Resolver({ timeout: 2_500, tries: 1 });
  givenUp.setServers([serverAt(socket.address())]);
  const mute = givenUp.resolve6('a.half.test').catch(() => null);
  expect(await Promise.race([names.addresses('a.half.test'), mute])).toEqual([
    { address: '192.0.2.7', family: 4 },
  ]);
  givenUp.cancel();
});
