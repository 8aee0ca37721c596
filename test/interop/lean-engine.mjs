// What is checked here is that the package works as it is, not how its types see it.
// @ts-nocheck
import { createServer } from 'node:http';
import AV from 'leanengine';

/*
 * A hook server as its owner has it at LeanCloud: the package `leanengine`, its keys from the environment, and functions
 * that are defined by the messages of the parent process. What it gets and answers is reported, and otherwise not touched.
 */

const { LEANCLOUD_APP_ID, LEANCLOUD_APP_KEY, LEANCLOUD_APP_MASTER_KEY, LEANCLOUD_APP_HOOK_KEY } = process.env;
AV.init({
  appId: LEANCLOUD_APP_ID,
  appKey: LEANCLOUD_APP_KEY,
  masterKey: LEANCLOUD_APP_MASTER_KEY,
  hookKey: LEANCLOUD_APP_HOOK_KEY,
  // Nothing is asked of LeanCloud: nobody listens here.
  serverURL: 'http://127.0.0.1:9',
});

const engine = AV.express({ timeout: '2s' });

const server = createServer((request, response) => {
  const chunks = [];
  // Routing changes it.
  const { emit, url } = request;
  request.emit = (name, ...values) => {
    if (name === 'data') chunks.push(values[0]);
    return emit.call(request, name, ...values);
  };
  response.on('close', () => {
    const { method, headers } = request;
    const body = Buffer.concat(chunks).toString('utf8');
    process.send?.({ exchange: { method, url, headers, body, status: response.statusCode } });
  });
  engine(request, response, () => response.writeHead(404).end());
});

process.on('message', ({ define, source }) => {
  // The source is a test's own function.
  AV.Cloud[define]((0, eval)(`(AV) => (${source})`)(AV));
  process.send({ defined: define });
});
process.on('disconnect', () => process.exit(0));

server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  process.send({ port: server.address().port });
});
