// @ts-check
// Prisma's schema engine as WebAssembly: applies and compares migrations without the engine that Prisma's CLI
// downloads from a host which closed networks do not reach.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createDatabase, quoted, rows, withConnection } from './sql.mjs';

/** @typedef {import('@prisma/driver-adapter-utils').SqlDriverAdapter} SqlDriverAdapter */

/** ColumnTypeEnum.Character of @prisma/driver-adapter-utils. */
const characterColumn = 6;

/** @type {Promise<typeof import('@prisma/schema-engine-wasm')> | undefined} */
let loaded;

const panics = {
  message: '',
  /** @param {string} text */
  set_message(text) {
    panics.message = text;
  },
};

/**
 * The types of Node leave it out.
 * @type {{instantiate: (code: Uint8Array, imports: object) => Promise<{instance: {exports: Record<string, unknown>}}>}}
 */
const webAssembly = Reflect.get(globalThis, 'WebAssembly');

/** Once for all: the module has one place for its memory, and a second instance would take it from the first. */
function engineModule() {
  loaded ??= loadEngine();
  return loaded;
}

/** @returns {Promise<typeof import('@prisma/schema-engine-wasm')>} */
async function loadEngine() {
  const module = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  // The engine reports here why it gave up, just before it throws.
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: panics });
  const glue = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const code = readFileSync(join(module, '..', 'schema_engine_bg.wasm'));
  const { instance } = await webAssembly.instantiate(code, { './schema_engine_bg.js': glue });
  glue.__wbg_set_wasm(instance.exports);
  /** @type {() => void} */ (instance.exports['__wbindgen_start'])();
  return glue;
}

/**
 * @param {string} databaseUrl
 * @returns {Promise<SqlDriverAdapter>}
 */
async function connect(databaseUrl) {
  const { PrismaPg } = await import('@prisma/adapter-pg');
  const adapter = await new PrismaPg({ connectionString: databaseUrl }).connect();
  // Prisma's own cuts a script at every semicolon, also inside the bodies of DO blocks and functions. Sent whole, a
  // script is also one implicit transaction.
  adapter.executeScript = async (script) => {
    await adapter.underlyingDriver().query(script);
  };
  passOnCharacters(adapter);
  return adapter;
}

/**
 * The adapter refuses PostgreSQL's one-byte "char" (type 18), which the engine reads in system tables. So such a column
 * passes it as bpchar (1042) under a marked name, and becomes a character behind it.
 * @param {Awaited<ReturnType<import('@prisma/adapter-pg').PrismaPg['connect']>>} adapter
 */
function passOnCharacters(adapter) {
  const mark = '\0character';
  const driver = adapter.underlyingDriver();
  const query = driver.query.bind(driver);
  Object.assign(driver, {
    /** @param {unknown[]} args */
    query: async (...args) => {
      /** @type {{fields?: {dataTypeID: number, name: string}[]}} */
      const result = await Reflect.apply(/** @type {Function} */ (query), undefined, args);
      for (const field of result.fields ?? []) {
        if (field.dataTypeID === 18) Object.assign(field, { dataTypeID: 1042, name: field.name + mark });
      }
      return result;
    },
  });
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (statement) => {
    const result = await queryRaw(statement);
    result.columnNames.forEach((name, index) => {
      if (!name.endsWith(mark)) return;
      result.columnNames[index] = name.slice(0, -mark.length);
      result.columnTypes[index] = characterColumn;
    });
    return result;
  };
}

/**
 * Prisma's own shadow database is ignored where a connection string is given: its migrations would then run on the
 * real database.
 * @param {string} databaseUrl
 * @returns {Promise<SqlDriverAdapter>}
 */
async function connectToShadowDatabase(databaseUrl) {
  const name = `hookline_shadow_${randomUUID().replaceAll('-', '')}`;
  await createDatabase(databaseUrl, name);
  const shadowUrl = new URL(databaseUrl);
  shadowUrl.pathname = `/${name}`;
  const adapter = await connect(shadowUrl.href);
  const disconnect = adapter.dispose.bind(adapter);
  adapter.dispose = async () => {
    await disconnect();
    await withConnection(databaseUrl, (connection) =>
      rows(connection, `DROP DATABASE ${quoted(name)} WITH (FORCE)`),
    );
  };
  return adapter;
}

/**
 * @template T
 * @param {{databaseUrl: string, schema: [path: string, content: string][]}} options
 * @param {(engine: import('@prisma/schema-engine-wasm').SchemaEngine) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withSchemaEngine({ databaseUrl, schema }, work) {
  const { bindMigrationAwareSqlAdapterFactory } = await import('@prisma/driver-adapter-utils');
  const { SchemaEngine } = await engineModule();
  /** @type {SqlDriverAdapter[]} */
  const open = [];
  /** @param {Promise<SqlDriverAdapter>} connecting */
  const remembered = async (connecting) => {
    const adapter = await connecting;
    const dispose = adapter.dispose.bind(adapter);
    adapter.dispose = async () => {
      open.splice(open.indexOf(adapter), 1);
      await dispose();
    };
    open.push(adapter);
    return adapter;
  };
  const factory = bindMigrationAwareSqlAdapterFactory({
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: () => remembered(connect(databaseUrl)),
    connectToShadowDb: () => remembered(connectToShadowDatabase(databaseUrl)),
  });
  const engine = await SchemaEngine.new({ datamodels: schema }, () => undefined, factory);
  try {
    return await work(engine);
  } catch (error) {
    throw panics.message === ''
      ? error
      : new Error(`the schema engine gave up: ${panics.message}`, { cause: error });
  } finally {
    engine.free();
    // The engine leaves connections open, which would keep this process alive and the database undroppable.
    for (const adapter of [...open]) await adapter.dispose();
  }
}
