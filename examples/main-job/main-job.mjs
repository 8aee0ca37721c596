// Hookline's main job, step by step, against a Hookline that runs: `HOOKLINE_GATEWAYS=2 npm start`.
// A message passes a hook, is stored, and arrives. Ends with 0 only if everything was as promised.
import { once } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import { connect } from './client.mjs';
import { startModeration } from './moderation.mjs';
import { startReceiver } from './receiver.mjs';
import { begin, breakOff, check, conclude, same, sameEvents, until, within } from './report.mjs';
import { gatewayUrls } from './settings.mjs';
import { application, register, user } from './setup.mjs';

const [urlOfTom, urlOfJerry] = gatewayUrls;

/** @type {(() => unknown)[]} undone in reverse order */
const opened = [];

async function mainJob() {
  if (urlOfTom === undefined || urlOfJerry === undefined) {
    throw new Error('this takes two gateways: start Hookline by `HOOKLINE_GATEWAYS=2 npm start`');
  }

  begin('An application with three users and a group');
  const { applicationId, masterKey, suffix, server } = await application(urlOfTom);
  const tom = await user(server, `tom${suffix}`);
  const jerry = await user(server, `jerry${suffix}`);
  const spike = await user(server, `spike${suffix}`);
  const { id: group } = await server.post('/conversations', {
    name: 'Cartoons',
    members: [tom, jerry, spike].map(({ id: userId }) => ({ userId })),
  });
  const [joined] = (await server.get(`/conversations/${group}/events`)).events;
  check('the group begins with their joining', joined?.type === 'member.joined', group);

  begin("The customer's servers: a moderation hook, an after-hook, a webhook");
  const moderation = await startModeration(urlOfTom, { applicationId, masterKey });
  opened.push(moderation.close);
  const { hookId, pid } = moderation;
  check('messageReceived goes to another process', pid !== process.pid, `pid ${pid}, hook ${hookId}`);
  const receiver = await startReceiver();
  opened.push(receiver.close);
  const sent = receiver.channel('/message-sent');
  opened.push(await register(server, '/hooks', { name: 'messageSent', url: sent.url }, sent));
  const webhook = receiver.channel('/webhook');
  const wanted = { url: webhook.url, eventTypes: ['message', 'custom:*'] };
  opened.push(await register(server, '/webhooks', wanted, webhook));
  check('messageSent and webhook go to this process', true, `${sent.url} ${webhook.url}`);

  begin('Tom and Jerry connect to two different gateways; Spike is offline');
  const tomsClient = await join(urlOfTom, tom.token);
  const jerrysClient = await join(urlOfJerry, jerry.token);
  check('two gateways', urlOfTom !== urlOfJerry, `Tom ${urlOfTom}, Jerry ${urlOfJerry}`);

  begin('Tom sends "Holy crap!"');
  const rewritten = await tomsClient.send(group, 'Holy crap!');
  const { eventId, seq, timestamp, modified } = rewritten;
  const isWhole = [typeof eventId, seq, typeof timestamp].join() === 'string,2,number';
  check('the acknowledgement says event id, seq and timestamp', isWhole, { eventId, seq, timestamp });
  const isExplained = modified?.content?.text === 'Holy **!' && modified.hookIds.includes(hookId);
  check('and that and how it was modified', isExplained, modified);
  const live = await jerrysClient.hears(eventId);
  check('Jerry sees it live', live.senderId === tom.id && live.seq === seq, live.content.text);
  check('as the hook has rewritten it', isText(live, 'Holy **!'));
  const { events: history } = await server.get(`/conversations/${group}/events`);
  check('history has only the rewritten text', isText(history[0], 'Holy **!') && !mentions(history, 'crap'));

  begin('Tom sends "Buy spam!"');
  same('nobody gets it: dropped', await tomsClient.send(group, 'Buy spam!'), { ok: true, dropped: true });

  begin('Tom sends "The casino is open"');
  const { error } = await tomsClient.send(group, 'The casino is open');
  same('rejected by a hook', error?.code, 'rejected_by_hook');
  same('its code and detail reach Tom', error?.hook, { code: 1234, detail: 'No advertisements here' });

  begin('Tom whispers to Jerry, without Spike, and to Spike, without Jerry');
  const toJerry = await tomsClient.send(group, `@${jerry.id} psst`);
  same('the hook removes Spike', toJerry.modified?.recipients, [jerry.id]);
  const toSpike = await tomsClient.send(group, `@${spike.id} psst`);
  same('the hook removes Jerry', toSpike.modified?.recipients, [spike.id]);

  begin('Tom sends the custom event my_custom_event {"your":"data"}');
  const listened = new Promise((heard) => jerrysClient.socket.once('custom:my_custom_event', heard));
  const custom = await tomsClient.sendCustom(group, 'my_custom_event', { your: 'data' });
  const { data } = await within(listened, 'custom:my_custom_event');
  same("Jerry's listener for custom:my_custom_event gets it", data, { your: 'data' });

  begin('What Jerry sees');
  // The custom event was the last one, and events come in order: what has not come before it does not come.
  const forJerry = [eventId, toJerry.eventId, custom.eventId];
  sameEvents('live: exactly what is for him', jerrysClient.events, forJerry);
  sameEvents('in history: no more', (await jerrysClient.history(group)).slice(1), forJerry);
  const again = await join(urlOfTom, jerry.token, { [group]: 1 });
  sameEvents('catching up, on the other gateway: no more', again.events, forJerry);

  begin('Webhook, after-hook and push');
  const everything = [eventId, toJerry.eventId, toSpike.eventId, custom.eventId];
  const delivered = await webhook.until(({ data }) => data.id === custom.eventId);
  sameEvents(
    'the webhook gets one event per message',
    delivered.map(({ data }) => data).filter(isOfGroup),
    everything,
  );
  const told = await sent.until(({ event }) => event.id === custom.eventId);
  sameEvents('messageSent too', told.map(({ event }) => event).filter(isOfGroup), everything);
  const { onlineRecipients, offlineRecipients } = told.find(({ event }) => event.id === eventId) ?? {};
  same('and is told who was there', onlineRecipients, [jerry.id]);
  same('and who was not', offlineRecipients, [spike.id]);
  same('how many calls had no good signature', webhook.forged + sent.forged, 0);
  const pushed = await pushesTo(server, spike.id, toSpike.eventId);
  const isDiscreet = pushed.includes(eventId) && !pushed.includes(toJerry.eventId);
  check('Spike is notified, but not of the whisper to Jerry', isDiscreet);

  begin('Spike connects later');
  const spikesClient = await join(urlOfJerry, spike.token, {});
  const forSpike = [joined.id, eventId, toSpike.eventId, custom.eventId];
  sameEvents('he gets exactly what he missed', spikesClient.events, forSpike);
  same('as history has it', await spikesClient.history(group), spikesClient.events, 'equal');

  begin('Cleaning up');
  await cleanUp();
  const registered = [await server.get('/hooks'), await server.get('/webhooks')];
  check('hooks and webhooks are removed', !mentions(registered, hookId, sent.url, webhook.url));

  /** @param {any} event */
  function isOfGroup({ conversationId }) {
    return conversationId === group;
  }
}

/**
 * @param {string} url
 * @param {string} token
 * @param {Record<string, number>} [resume]
 */
async function join(url, token, resume) {
  const client = await connect(url, token, resume);
  opened.push(() => client.close());
  return client;
}

async function cleanUp() {
  for (let undo = opened.pop(); undo !== undefined; undo = opened.pop()) {
    try {
      await undo();
    } catch (error) {
      breakOff(error);
    }
  }
}

/**
 * @param {import('./rest.mjs').Rest} server
 * @param {string} userId
 * @param {string} last event to wait for
 * @returns {Promise<string[]>} ids of events
 */
function pushesTo(server, userId, last) {
  return until(`a push to ${userId}`, async () => {
    const { notifications } = await server.get(`/push-notifications?userId=${encodeURIComponent(userId)}`);
    const events = notifications.map((/** @type {{eventId: string}} */ { eventId }) => eventId);
    return events.includes(last) && events;
  });
}

/**
 * @param {any} event
 * @param {string} text
 */
function isText(event, text) {
  return isDeepStrictEqual(event.content, { type: 'text', text });
}

/**
 * @param {object} value
 * @param {string[]} texts
 */
function mentions(value, ...texts) {
  const json = JSON.stringify(value);
  return texts.some((text) => json.includes(text));
}

const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(() => {
  throw new Error('interrupted');
});
try {
  await Promise.race([mainJob(), interrupted]);
} catch (error) {
  breakOff(error);
} finally {
  await cleanUp();
}
process.exit(conclude());
