import type { MessageReceivedRequest, MessageSentRequest } from '#contracts/hooks/requests.js';
import type { WebhookPayload } from '#contracts/webhooks/payloads.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { HttpAnswer, type SignedServer } from '../harness/signed-server.js';
import { announcer } from './announcer.js';
import { ChaosClient, type Gateway } from './chaos-client.js';
import type { Platform } from './platform.js';
import type { Random } from './random.js';
import type { Wording } from './wording.js';

const userCount = 56;
/** Who come and go; they stand last. */
const churnCount = 6;
/** Who are connected twice, at both gateways; they stand first, their clients side by side. */
const doubleCount = 8;
/** Who are away until the storm is over: everything is pushed to them, and they have all of it to catch up. */
const lateCount = 3;
const groupCount = 14;
const membersPerGroup = 12;
/** ms. The longest there is: a hook that is late because the machine is busy lets the original pass, as it should. */
const hookDeadline = 9_000;

/** Who and what takes part in a run. */
export interface Cast {
  readonly application: TestApplication;
  readonly users: readonly TestUser[];
  readonly churning: readonly TestUser[];
  readonly clients: readonly ChaosClient[];
  /** Of the clients. */
  readonly latecomers: readonly ChaosClient[];
  readonly conversationIds: readonly string[];
  /** Of them: what its members acknowledge is told by events. */
  readonly acknowledgedId: string;
  /** Its broadcasts are for everybody; some users have subscribed to it. */
  readonly serviceId: string;
  readonly placesOf: (user: TestUser) => readonly string[];
  readonly rewriting: SignedServer<MessageReceivedRequest>;
  readonly second: SignedServer<MessageReceivedRequest>;
  readonly webhook: SignedServer<WebhookPayload>;
  readonly afterHook: SignedServer<MessageSentRequest>;
}

export async function castOf(platform: Platform, wording: Wording, random: Random): Promise<Cast> {
  const application = await platform.application();
  const names = Array.from({ length: userCount }, (_, index) => `user-${String(index + 1)}`);
  const users: TestUser[] = [];
  for (const name of names) users.push(await application.user(name));
  const churning = users.slice(-churnCount);
  const places = new Map<string, string[]>(users.map(({ id }) => [id, []]));
  // Registered before there is any event.
  const moody = random.fork();
  const receive = (): unknown => (moody.chance(0.005) ? new HttpAnswer(500) : {});
  const webhook = await application.webhook(receive);
  const afterHook = await application.afterHook();
  afterHook.behave(receive);
  const conversationIds: string[] = [];
  for (let group = 0; group < groupCount; group += 1) {
    const members = membersOf(group, users, churning);
    const historyVisibility = group % 3 === 2 ? 'joined' : 'start';
    // One of them is a conversation whose receipts are events.
    const receiptsAsEvents = group === 0;
    const { id } = await application.group(members, { historyVisibility, receiptsAsEvents });
    conversationIds.push(id);
    for (const member of members) places.get(member.id)!.push(id);
  }
  await application.user(announcer);
  const service = await application.service();
  // None of those who are away: whoever has subscribed gets all that it missed.
  await application.add(service, ...users.filter((_user, index) => index % 4 === 3));
  // Registered when everybody is in: every call is about a message of the run.
  const rewriting = await application.hook(({ body }) => wording.decide(body), {
    position: 1,
    deadline: hookDeadline,
  });
  const second = await application.hook(() => ({}), { position: 2 });
  const clients = clientsOf(platform, users, random);
  return {
    application,
    users,
    churning,
    conversationIds,
    acknowledgedId: conversationIds[0]!,
    serviceId: service.id,
    rewriting,
    second,
    webhook,
    afterHook,
    placesOf: ({ id }) => places.get(id)!,
    clients,
    latecomers: clients.slice(2 * doubleCount, 2 * doubleCount + lateCount),
  };
}

/** Everybody is in some groups, and those who come and go in more than others. */
function membersOf(group: number, users: readonly TestUser[], churning: readonly TestUser[]): TestUser[] {
  const others = users.slice(0, -churnCount);
  const steady = Array.from(
    { length: membersPerGroup - 2 },
    (_, index) => others[(group * 7 + index * 3) % others.length]!,
  );
  const coming = [churning[group % churnCount]!, churning[(group + 1) % churnCount]!];
  return [...new Set([...steady, ...coming])];
}

function clientsOf(platform: Platform, users: readonly TestUser[], random: Random): ChaosClient[] {
  const [first, second] = platform.gateways;
  return users.flatMap((user, index) => {
    const client = (name: string, gateways: readonly Gateway[]): ChaosClient =>
      new ChaosClient({ name, user, gateways, random: random.fork() });
    const home = index % 2 === 0 ? [first!, second!] : [second!, first!];
    if (index < doubleCount) return [client(`${user.id}a`, [first!]), client(`${user.id}b`, [second!])];
    // A part of them is faithful to one gateway, and so is away when that is.
    if (index % 3 === 0) return [client(user.id, home.slice(0, 1))];
    return [client(user.id, home)];
  });
}
