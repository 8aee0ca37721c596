// What is checked here is that the package works as it is, not how its types see it.
// @ts-nocheck
import AV from 'leancloud-storage';
import * as work from './lean-storage-work.mjs';

/*
 * A server as its owner has it at LeanCloud: the package `leancloud-storage`, its keys from the environment, and what its
 * parent process has it do. What comes of that is reported, and otherwise not touched.
 */

const { LEANCLOUD_APP_ID, LEANCLOUD_APP_KEY, LEANCLOUD_APP_MASTER_KEY, LEANCLOUD_API_SERVER } = process.env;
AV.init({
  appId: LEANCLOUD_APP_ID,
  appKey: LEANCLOUD_APP_KEY,
  masterKey: LEANCLOUD_APP_MASTER_KEY,
  serverURL: LEANCLOUD_API_SERVER,
});

process.on('message', async ({ run, name, values }) => {
  try {
    process.send({ run, result: (await work[name](...values)) ?? null });
  } catch (error) {
    process.send({ run, error: { code: error.code ?? null, message: error.message } });
  }
});
process.on('disconnect', () => process.exit(0));
process.send({ ready: true });
