// @ts-check
// Install, generate, build: each step is skipped when its inputs have not changed.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { filesBelow, fingerprint, readStamp, writeStamp } from './fingerprint.mjs';
import { ensureInstalled } from './install.mjs';
import { pinnedNode, requireBootstrapNode, root } from './node24.mjs';
import { explain, progress, timed } from './process-output.mjs';
import { mustRun } from './run-command.mjs';

// Inside node_modules, so that a new install also generates and builds again.
const stamps = join(root, 'node_modules', '.cache', 'hookline');

/** @typedef {{log: import('./process-output.mjs').Log}} SetUpOptions */

/** @param {SetUpOptions} options */
async function ensureGenerated({ log }) {
  const stampFile = join(stamps, 'generate.json');
  const files = filesBelow(root, ['prisma/schema', 'prisma.config.ts']);
  const wanted = fingerprint(root, files);
  const isDone =
    existsSync(join(root, 'generated/prisma/client.ts')) && readStamp(stampFile)?.fingerprint === wanted;
  if (isDone) return wanted;
  await timed(log, 'generating the database client', () =>
    mustRun('prisma generate', pinnedNode, [join(root, 'node_modules/prisma/build/index.js'), 'generate'], {
      cwd: root,
      env: {
        ...process.env,
        // Any executable will do: generating needs no schema engine, and naming one prevents its download.
        PRISMA_SCHEMA_ENGINE_BINARY: process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ?? pinnedNode,
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        CHECKPOINT_DISABLE: '1',
      },
    }),
  );
  writeStamp(stampFile, { fingerprint: wanted, files });
  return wanted;
}

/**
 * @param {SetUpOptions & {generated: string}} options
 */
async function ensureBuilt({ log, generated }) {
  const stampFile = join(stamps, 'build.json');
  const sources = filesBelow(
    root,
    ['apps', 'libs'],
    (path) => path.endsWith('.ts') && !path.endsWith('.spec.ts') && !path.startsWith('libs/client/'),
  );
  const files = [...sources, 'tsconfig.json', 'tsconfig.build.json'];
  const wanted = fingerprint(root, files, [generated]);
  const stamp = readStamp(stampFile);
  const isComplete = existsSync(join(root, 'dist/generated/prisma/client.js'));
  if (isComplete && stamp?.fingerprint === wanted) return;
  if (!isComplete || stamp === undefined || stamp.files.some((file) => !files.includes(file))) {
    // tsc removes no output of sources that are gone, and with its build info emits nothing that it believes is there.
    for (const stale of ['apps', 'libs', 'generated', 'build.tsbuildinfo']) {
      rmSync(join(root, 'dist', stale), { recursive: true, force: true });
    }
  }
  await timed(log, 'building', () =>
    mustRun('tsc', pinnedNode, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
      cwd: root,
    }),
  );
  writeStamp(stampFile, { fingerprint: wanted, files });
}

/**
 * The client library: its types come from the documents of the gateway that was just built.
 * @param {SetUpOptions} options
 */
async function ensureClientBuilt({ log }) {
  const stampFile = join(stamps, 'client.json');
  const files = [
    ...filesBelow(root, ['apps/gateway/src/native', 'libs/contracts/src'], (path) => path.endsWith('.ts')),
    ...filesBelow(root, ['libs/client/src'], (path) => path.endsWith('.ts') && !path.includes('generated')),
    'libs/client/tsconfig.json',
    'scripts/client-types.mjs',
    'tsconfig.json',
  ];
  const wanted = fingerprint(root, files);
  const isComplete = existsSync(join(root, 'libs/client/dist/client.js'));
  if (isComplete && readStamp(stampFile)?.fingerprint === wanted) return;
  rmSync(join(root, 'libs/client/dist'), { recursive: true, force: true });
  await timed(log, 'building the client library', async () => {
    await mustRun('client types', pinnedNode, ['scripts/client-types.mjs'], { cwd: root });
    await mustRun('tsc', pinnedNode, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'libs/client'], {
      cwd: root,
    });
  });
  writeStamp(stampFile, { fingerprint: wanted, files });
}

/**
 * The playground page, which the gateway serves.
 * @param {SetUpOptions} options
 */
async function ensurePlaygroundBuilt({ log }) {
  const stampFile = join(stamps, 'playground.json');
  const files = [
    ...filesBelow(root, ['playground/page', 'libs/client/dist'], (path) => !path.endsWith('.tsbuildinfo')),
    'scripts/playground-bundle.mjs',
  ];
  const wanted = fingerprint(root, files);
  const isComplete = existsSync(join(root, 'dist/playground/index.html'));
  if (isComplete && readStamp(stampFile)?.fingerprint === wanted) return;
  await timed(log, 'bundling the playground', () =>
    mustRun('bundler', pinnedNode, ['scripts/playground-bundle.mjs'], { cwd: root }),
  );
  writeStamp(stampFile, { fingerprint: wanted, files });
}

/** @param {Partial<SetUpOptions>} [options] */
export async function ensureSetUp({ log = progress } = {}) {
  requireBootstrapNode();
  await ensureInstalled({ log });
  const generated = await ensureGenerated({ log });
  await ensureBuilt({ log, generated });
  await ensureClientBuilt({ log });
  await ensurePlaygroundBuilt({ log });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  ensureSetUp().catch((error) => {
    progress(`hookline set-up failed: ${explain(error)}`);
    process.exitCode = 1;
  });
}
