// A hook server as its owner has it at LeanCloud: the package `leanengine`, and functions. Nothing here knows of Hookline.
// How to start it, and what Hookline has to know of it, stands in the README.md beside this file.
import { createServer } from 'node:http';
import AV from 'leanengine';

const { PORT = '4000', LEANCLOUD_APP_ID, LEANCLOUD_APP_KEY, LEANCLOUD_APP_MASTER_KEY } = process.env;
if (!LEANCLOUD_APP_ID || !LEANCLOUD_APP_KEY || !LEANCLOUD_APP_MASTER_KEY) {
  console.error(
    'Set LEANCLOUD_APP_ID, LEANCLOUD_APP_KEY, LEANCLOUD_APP_MASTER_KEY and LEANCLOUD_APP_HOOK_KEY.',
  );
  process.exit(1);
}
const application = {
  appId: LEANCLOUD_APP_ID,
  appKey: LEANCLOUD_APP_KEY,
  masterKey: LEANCLOUD_APP_MASTER_KEY,
  // The package wants to know where LeanCloud is; these functions ask nothing of it.
  serverURL: process.env['LEANCLOUD_API_SERVER'] ?? 'http://127.0.0.1:9',
};
AV.init(application);

AV.Cloud.onIMMessageReceived(async (request) => {
  const { content } = /** @type {{content: string}} */ (request.params);
  if (content.includes('spam')) return { drop: true };
  if (content.includes('casino')) return { drop: true, code: 1234, detail: 'No advertisements here' };
  return { content: content.replace('crap', '**') };
});

AV.Cloud.onIMConversationUpdate(async (request) => {
  const { attr = {} } = /** @type {{attr?: object}} */ (request.params);
  if ('name' in attr) {
    return { reject: true, code: 1949, detail: 'The name of the conversation cannot be updated.' };
  }
  return {};
});

const engine = /** @type {(...handled: unknown[]) => void} */ (/** @type {unknown} */ (AV.express()));
const server = createServer((request, response) => {
  engine(request, response, () => response.writeHead(404).end());
});

server.listen(Number(PORT), '127.0.0.1', () => {
  const address = server.address();
  console.log(
    `hook server listens on http://127.0.0.1:${typeof address === 'object' ? address?.port : PORT}`,
  );
});
