import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';
import { VonageApplication } from './vonage-application.js';
import { modern, versions } from './vonage-shapes.js';

/* What a custom event carries is answered as the text that came in: JavaScript would write some of it in another way. */

let world: SharedWorld;
let vonage: VonageApplication;

beforeAll(async () => {
  world = await SharedWorld.attach();
  vonage = await VonageApplication.of(world);
  await vonage.users('alice', 'bob');
});
afterAll(() => world.close());

/** What was written, and what it is without the white space. */
const texts: [title: string, written: string, compact?: string][] = [
  ['the order of keys', '{"b":1,"a":2,"C":3,"c":4}'],
  ['keys that look like indices', '{"z":1,"10":2,"2":3,"-1":4,"01":5}'],
  [
    'integers of 64 bits',
    '{"long":9223372036854775807,"least":-9223372036854775808,"safe":9007199254740993}',
  ],
  ['numbers in other forms', '{"a":1.0,"b":1e2,"c":1E-7,"d":0.10,"e":-0,"f":100000000000000000000000}'],
  ['Unicode and escapes', String.raw`{"ü":"😀","a":"\u00fc\ud83d\ude00","b":"\/","c":"\u0022\n\u2028"}`],
  ['what is nested', '{"l":[{"2":1,"1":[1.50,{"b":{},"a":[]}]},null,true],"o":{"y":{"x":{"9":0,"8":1}}}}'],
  ['white space', ' { "b" :\t[ 1 ,\n 2.0 ] ,\r\n "a b" : " c  d " } ', '{"b":[1,2.0],"a b":" c  d "}'],
  ['a key that is there twice', '{"a":1,"b":2,"a":3}'],
  ['keys with a meaning to JavaScript', '{"__proto__":{"a":1},"constructor":1,"toString":null}'],
  ['what looks like a place holder', '{"body":{"body":{"2":1,"1":2}},"type":"custom:y","$":"00000000-0000"}'],
];

async function textOf(method: string, path: string, raw?: string): Promise<string> {
  const response = await fetch(`${world.gateways[0]!.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${vonage.token('alice')}`, 'content-type': 'application/json' },
    ...(raw !== undefined && { body: raw }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
  return text;
}

describe.each(texts)('%s', (_title, written, compact = written) => {
  test('in every answer of every version', async () => {
    const { id, members } = await vonage.room('alice', 'bob');
    const client = await (await vonage.application.known('bob')).connect();
    const raw = `{"type":"custom:x","cid":"${id}","from":"${members['alice']!}","body":${written},"originating_session":"y"}`;
    for (const version of versions) {
      const answer = await textOf('POST', `/${version}/conversations/${id}/events`, raw);
      if ((modern as readonly string[]).includes(version)) expect(answer).toContain(`"body":${compact}`);
    }
    for (const version of versions) {
      const path = `/${version}/conversations/${id}/events`;
      expect(await textOf('GET', `${path}/3`)).toContain(`"body":${compact}`);
      const list = await textOf('GET', `${path}?event_type=custom:x`);
      expect(list.split(`"body":${compact}`)).toHaveLength(versions.length + 1);
    }
    // Natively it is the value, as far as JavaScript can write it again.
    const data = JSON.parse(JSON.stringify(JSON.parse(written))) as object;
    await eventually(() => {
      expect(client.heard.filter(({ name }) => name === 'custom:x')).toHaveLength(versions.length);
    });
    for (const { name, payload } of client.heard)
      if (name === 'custom:x') expect(payload).toMatchObject({ data: { ...data } });
    client.disconnect();
  });
});
