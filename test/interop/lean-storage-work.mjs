// What is checked here is that the package works as it is, not how its types see it.
// @ts-nocheck
import AV from 'leancloud-storage';

/*
 * What a server of LeanCloud's customers does with the package `leancloud-storage`. Each function is run by its name.
 */

const asMaster = { useMasterKey: true };
const known = (id) => AV.Object.createWithoutData('_Conversation', id);
const conversations = () => new AV.Query('_Conversation');

export async function create(name, options, members) {
  const conversation = new AV.Conversation(name, options);
  for (const member of members) conversation.addMember(member);
  conversation.set('topic', 'cats');
  await conversation.save(null, asMaster);
  return conversation.id;
}

export async function change(id) {
  const conversation = known(id);
  const seen = () => [conversation.getName(), conversation.getMembers(), conversation.get('topic') ?? null];
  await conversation.fetch({}, asMaster);
  const before = seen();
  const areDates = [conversation.createdAt, conversation.getLastMessageAt()].map(
    (date) => date instanceof Date,
  );
  conversation.set('name', 'Mice');
  conversation.set('attr.rank', 7);
  conversation.unset('topic');
  conversation.addUnique('m', 'Spike');
  await conversation.save(null, { ...asMaster, fetchWhenSave: true });
  const after = seen();
  conversation.remove('m', 'Tom');
  await conversation.save(null, asMaster);
  await conversation.fetch({}, asMaster);
  return { before, areDates, after, members: conversation.getMembers(), attr: conversation.get('attr') };
}

export async function destroy(id) {
  await known(id).destroy(asMaster);
}

export async function fetch(id) {
  await known(id).fetch({}, asMaster);
}

export async function find(useMasterKey) {
  await conversations().find({ useMasterKey });
}

export async function query() {
  const names = async (narrowed) => (await narrowed.find(asMaster)).map((each) => each.getName());
  const unknown = Array.from({ length: 300 }, (_, index) => `none ${index}`);
  const [rows, count] = await conversations().limit(1).findAndCount(asMaster);
  return {
    all: await names(conversations().ascending('createdAt')),
    newest: await names(conversations().descending('createdAt').limit(1)),
    ofTom: await names(conversations().equalTo('m', 'Tom').ascending('name')),
    ofBoth: await names(conversations().containsAll('m', ['Tom', 'Spike'])),
    contains: await names(conversations().contains('name', 'dogs')),
    startsWith: await names(conversations().startsWith('name', 'Cats').notEqualTo('m', 'Spike')),
    rooms: await names(conversations().equalTo('tr', true)),
    ofTwo: await names(conversations().sizeEqualTo('m', 2)),
    later: await names(conversations().greaterThan('createdAt', new Date(Date.now() + 60_000))),
    either: await names(
      AV.Query.or(conversations().equalTo('name', 'Room'), conversations().equalTo('m', 'Spike')).ascending(
        'name',
      ),
    ),
    // Longer than an address may be: the package puts it into a batch.
    batched: await names(conversations().containedIn('name', ['Room', ...unknown])),
    first: (await conversations().equalTo('m', 'Spike').first(asMaster)).getName(),
    count: await conversations().equalTo('topic', 'cats').count(asMaster),
    findAndCount: [rows.length, count],
  };
}

export async function saveAndDestroyAll() {
  const both = ['one', 'two'].map((name) => new AV.Conversation(name).addMember('Tom'));
  await AV.Object.saveAll(both, asMaster);
  const ids = both.map(({ id }) => id);
  await AV.Object.destroyAll(both, asMaster);
  return { ids, left: await conversations().count(asMaster) };
}

export async function broadcast(id, message) {
  return known(id).broadcast('Tom', message, {}, asMaster);
}

export async function send(id, message, options) {
  return known(id).send('Tom', message, options, asMaster);
}

const said = () => new AV.Query('_SysMessage');

export async function saidTo(ids) {
  const [first, second] = ids.map(known);
  const texts = async (narrowed) => (await narrowed.find(asMaster)).map((each) => each.get('data'));
  const [rows, count] = await said().limit(1).findAndCount(asMaster);
  const newest = await said().equalTo('conv', first).descending('createdAt').first(asMaster);
  const again = await said().get(newest.id, asMaster);
  return {
    all: await texts(said()),
    newestOfFirst: await texts(said().equalTo('conv', first).descending('timestamp')),
    ofBoth: await texts(said().containedIn('conv', [first, second]).addAscending('createdAt')),
    fromTom: await texts(said().equalTo('from', 'Tom').addDescending('createdAt')),
    second: await texts(said().ascending('createdAt').skip(1).limit(1)),
    contains: await texts(said().contains('data', 'Hel')),
    later: await texts(said().greaterThan('createdAt', newest.createdAt)),
    since: await texts(said().greaterThanOrEqualTo('timestamp', newest.get('timestamp'))),
    byId: await texts(said().equalTo('msgId', newest.get('msgId'))),
    either: await texts(AV.Query.or(said().equalTo('from', 'Jerry'), said().equalTo('conv', second))),
    bySender: await texts(said().descending('from').addAscending('data')),
    batched: await texts(
      said().containedIn('from', ['Jerry', ...Array.from({ length: 300 }, (_, index) => `nobody ${index}`)]),
    ),
    count: await said().equalTo('conv', first).count(asMaster),
    findAndCount: [rows.length, count],
    newest: {
      ...newest.toJSON(),
      isDate: newest.createdAt instanceof Date,
      conv: newest.get('conv').id,
      isSame: again.id === newest.id,
    },
  };
}

export async function forget(id) {
  const message = AV.Object.createWithoutData('_SysMessage', id);
  await message.destroy(asMaster);
  await message.fetch({}, asMaster);
}

export async function write() {
  const message = new (AV.Object.extend('_SysMessage'))();
  await message.save({ data: 'forged' }, asMaster);
}

export async function spy() {
  await said().find();
}
