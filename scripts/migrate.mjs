// @ts-check
// `node scripts/migrate.mjs` applies prisma/migrations to DATABASE_URL; with --diff it prints the SQL that leads from
// the migrations to prisma/schema instead, and ends with exit code 2 if there is any.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { filesBelow } from './fingerprint.mjs';
import { root } from './node24.mjs';
import { readIfPresent } from './private-files.mjs';
import { Failure, explain, progress } from './process-output.mjs';
import { withSchemaEngine } from './schema-engine.mjs';
import { rows, withConnection } from './sql.mjs';

const migrationsFolder = join(root, 'prisma', 'migrations');
const filters = { externalTables: [], externalEnums: [] };
// Any number will do, as long as nothing else on the server locks it.
const migrationLock = 7_266_552_109;

/** @returns {import('@prisma/schema-engine-wasm').MigrationList} */
function migrationList() {
  const directories = readdirSync(migrationsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return {
    baseDir: migrationsFolder,
    lockfile: {
      path: 'migration_lock.toml',
      content: readIfPresent(join(migrationsFolder, 'migration_lock.toml')) ?? null,
    },
    shadowDbInitScript: '',
    migrationDirectories: directories.map((path) => ({
      path,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok', value: readFileSync(join(migrationsFolder, path, 'migration.sql'), 'utf8') },
      },
    })),
  };
}

/** @returns {[path: string, content: string][]} */
function schemaFiles() {
  return filesBelow(root, ['prisma/schema'], (path) => path.endsWith('.prisma')).map((path) => [
    join(root, path),
    readFileSync(join(root, path), 'utf8'),
  ]);
}

/**
 * Applies what is missing. Safe to run many times, and by many at once: the others wait.
 * @param {{databaseUrl: string, log?: import('./process-output.mjs').Log}} options
 * @returns {Promise<string[]>} the names of the migrations that were applied
 */
export async function migrate({ databaseUrl, log = progress }) {
  return withConnection(databaseUrl, async (lockHolder) => {
    // Held by this connection's session: it goes when the connection does, even if this process is killed.
    await rows(lockHolder, `SELECT pg_advisory_lock(${migrationLock})::text`).catch((error) => {
      const { host, pathname } = new URL(databaseUrl);
      throw new Failure(`the database ${host}${pathname} cannot be used: ${describe(error)}`);
    });
    const schema = schemaFiles();
    const { appliedMigrationNames } = await withSchemaEngine({ databaseUrl, schema }, (engine) =>
      engine.applyMigrations({ migrationsList: migrationList(), filters }),
    ).catch((error) => {
      throw new Failure(`the migrations could not be applied: ${describe(error)}`);
    });
    if (appliedMigrationNames.length > 0) log(`applied migrations: ${appliedMigrationNames.join(', ')}`);
    return appliedMigrationNames;
  });
}

/**
 * The SQL from what the migrations make to what prisma/schema says; empty if they agree. Migrations run on a
 * throw-away database of the same server.
 * @param {{databaseUrl: string}} options
 * @returns {Promise<string>}
 */
export async function migrationDrift({ databaseUrl }) {
  const schema = schemaFiles();
  const files = schema.map(([path, content]) => ({ path, content }));
  const { exitCode, stdout } = await withSchemaEngine({ databaseUrl, schema }, (engine) =>
    engine.diff({
      from: { tag: 'migrations', ...migrationList() },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters,
    }),
  ).catch((error) => {
    throw new Failure(`migrations and schema could not be compared: ${describe(error)}`);
  });
  return exitCode === 2 ? (stdout ?? '') : '';
}

/**
 * The driver says more in `cause` than in its message; the engine has Prisma's code in `code`.
 * @param {unknown} error
 */
function describe(error) {
  if (!(error instanceof Error)) return String(error);
  const { code, cause } = /** @type {{code?: unknown, cause?: {originalMessage?: unknown}}} */ (error);
  if (typeof cause?.originalMessage === 'string') return cause.originalMessage;
  return typeof code === 'string' ? `${code} ${error.message}` : error.message;
}

async function main() {
  const databaseUrl = process.env['DATABASE_URL'];
  if (databaseUrl === undefined || databaseUrl === '') throw new Failure('DATABASE_URL is not set.');
  if (!process.argv.includes('--diff')) {
    const applied = await migrate({ databaseUrl });
    if (applied.length === 0) progress('the database is up to date');
    return;
  }
  const sql = await migrationDrift({ databaseUrl });
  process.stdout.write(sql);
  if (sql !== '') process.exitCode = 2;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  main().catch((error) => {
    progress(`hookline migrate failed: ${explain(error)}`);
    process.exitCode = 1;
  });
}
