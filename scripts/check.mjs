// Runs every static check and says which failed: `npm run check`, or some of them by name: `npm run check -- lint`.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const CODE = ['apps', 'libs', 'playground', 'test', 'bench', 'examples', 'scripts'].filter((each) =>
  existsSync(root + each),
);

/**
 * ESLint keeps its findings by the file they are in, but a rule that knows types finds in one file what was changed in
 * another. So what it kept counts only while nothing at all has changed.
 *
 * @returns {string} a path that says what was linted
 */
function lintCache() {
  const folder = 'node_modules/.cache/eslint/';
  const digest = createHash('sha256');
  const code = [...CODE, 'generated']
    .filter((each) => existsSync(root + each))
    .flatMap((each) =>
      readdirSync(root + each, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => `${entry.parentPath}/${entry.name}`),
    );
  for (const path of [...code.sort(), `${root}tsconfig.json`, `${root}package-lock.json`]) {
    digest.update(`${path}\n`).update(readFileSync(path));
  }
  const cache = `${folder}${digest.digest('hex')}`;
  if (!existsSync(root + cache)) rmSync(root + folder, { recursive: true, force: true });
  return cache;
}

/**
 * The longest first, because they share two lanes.
 *
 * @type {Record<string, string[]>} name -> what node runs
 */
const CHECKS = {
  lint: [
    'eslint/bin/eslint.js',
    ...['--max-warnings', '0', '--cache', '--cache-strategy', 'content'],
    ...['--cache-location', lintCache(), '.'],
  ],
  types: [
    'typescript/bin/tsc',
    '--noEmit',
    '-p',
    'tsconfig.json',
    '--pretty',
    process.stdout.isTTY ? 'true' : 'false',
  ],
  page: ['typescript/bin/tsc', '-p', 'playground/page'],
  format: ['prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '--cache', '.'],
  unused: ['knip/bin/knip.js', '--no-progress', '--no-config-hints'],
  imports: ['dependency-cruiser/bin/dependency-cruise.mjs', '--config', '.dependency-cruiser.mjs', ...CODE],
};

/** Two at a time: more would only take memory from each other on a small machine. */
const LANES = 2;

/**
 * @param {string} name
 * @returns {Promise<boolean>} whether it passed
 */
function run(name) {
  const [tool = '', ...options] = CHECKS[name] ?? [];
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [`${root}node_modules/${tool}`, ...options], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // Kept until the end, so that two checks do not write into each other's lines.
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    }
    /** @param {boolean} passed */
    const finish = (passed) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      if (!passed) console.log(output.trim());
      console.log(`${passed ? 'passed' : 'FAILED'}  ${name}  ${seconds} s`);
      resolve(passed);
    };
    child.once('error', (error) => {
      output += error.message;
      finish(false);
    });
    child.once('close', (code) => finish(code === 0));
  });
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in CHECKS));
if (unknown.length > 0) {
  console.error(`There is no check ${unknown.join(', ')}. There are: ${Object.keys(CHECKS).join(', ')}.`);
  process.exit(2);
}

if (!existsSync(`${root}generated/prisma`)) {
  console.error(
    'The generated database client is missing, which the checks read: run `npm run build` first.',
  );
  process.exit(2);
}

const waiting = asked.length > 0 ? asked : Object.keys(CHECKS);
const total = waiting.length;
/** @type {string[]} */
const failed = [];

async function lane() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (!(await run(name))) failed.push(name);
  }
}

await Promise.all(Array.from({ length: LANES }, lane));
if (failed.length > 0) console.log(`failed: ${failed.join(', ')}`);
console.log(`checks: ${total - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length > 0 ? 1 : 0;
