// @ts-check
// `npm run bench`: floors and product in one interleaved run; `-- --quick` runs W1 only and ends with one line of JSON;
// `-- --hooks` measures hooks; `-- --webhooks` webhooks; `-- --broadcasts` messages for a million users; `-- --profile` shows where gateway and conversation spend their time under W1. See docs/performance.md.
import { continueUnderPinnedNode } from '../scripts/node24.mjs';
import { explain, progress } from '../scripts/process-output.mjs';
import { whenAskedToStop } from '../scripts/stop-requests.mjs';

async function main() {
  const [{ race }, { Opened }, { profile }, { measureHooks }, { measureBroadcasts }, { measureWebhooks }] =
    await Promise.all([
      import('./lib/race.mjs'),
      import('./lib/machine.mjs'),
      import('./lib/profile.mjs'),
      import('./lib/hooks.mjs'),
      import('./lib/broadcasts.mjs'),
      import('./lib/webhooks.mjs'),
    ]);
  const opened = new Opened();
  whenAskedToStop(() => void opened.close().finally(() => process.exit(130)));
  try {
    if (process.argv.includes('--profile')) await profile(opened, progress);
    else if (process.argv.includes('--hooks')) await measureHooks(opened, progress);
    else if (process.argv.includes('--webhooks')) await measureWebhooks(opened, progress);
    else if (process.argv.includes('--broadcasts')) await measureBroadcasts(opened, progress);
    else await race(opened, process.argv.includes('--quick'), progress);
  } finally {
    await opened.close();
  }
}

await continueUnderPinnedNode();
main().then(
  () => process.exit(),
  (error) => {
    progress(explain(error));
    process.exit(1);
  },
);
