// @ts-check
// Writes the types of libs/client, from the gateway's OpenAPI and AsyncAPI documents and the hooks' JSON Schema. A step of
// the set-up.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import openapiTypescript, { astToString } from 'openapi-typescript';
import typescript from 'typescript';
import { root } from './node24.mjs';

const folder = join(root, 'libs/client/src/generated');

/** @param {string} path of what was just built */
const built = (path) => import(pathToFileURL(join(root, 'dist', path)).href);
const { asyncApiDocument } = await built('apps/gateway/src/native/asyncapi.js');
const { openApiDocument } = await built('apps/gateway/src/native/rest/openapi.js');
const { hookName } = await built('libs/contracts/src/hooks/names.js');
const { hookDefinition, hookSchema } = await built('libs/contracts/src/hooks/schema.js');

const { factory } = typescript;
const customEventType = factory.createTemplateLiteralType(factory.createTemplateHead('custom:'), [
  factory.createTemplateLiteralTypeSpan(
    factory.createKeywordTypeNode(typescript.SyntaxKind.StringKeyword),
    factory.createTemplateTail(''),
  ),
]);

/** @param {Record<string, unknown>} properties */
const objectOf = (properties) => ({ type: 'object', properties, required: Object.keys(properties) });

/** The messages of the AsyncAPI document as two maps: commands with request and answer, and events with their payload. */
function socketSchemas() {
  const { components } = asyncApiDocument();
  /** @type {[string, {payload: unknown}][]} */
  const messages = Object.entries(components.messages);
  /** @param {string} prefix */
  const startingWith = (prefix) =>
    messages.flatMap(([key, { payload }]) =>
      key.startsWith(prefix) ? [/** @type {const} */ ([key.slice(prefix.length), payload])] : [],
    );
  const answers = Object.fromEntries(startingWith('acknowledgement.'));
  const commands = startingWith('command.').map(([name, request]) => [
    name,
    objectOf({ request, answer: answers[name] }),
  ]);
  const events = startingWith('event.').filter(([name]) => !name.startsWith('custom.'));
  return {
    ...components.schemas,
    SocketCommands: objectOf(Object.fromEntries(commands)),
    SocketEvents: objectOf(Object.fromEntries(events)),
  };
}

/** The definitions of the hooks' JSON Schema, and by the name of the hook what it gets and may answer. */
function hookSchemas() {
  const text = JSON.stringify(hookSchema().$defs).replaceAll('"#/$defs/', '"#/components/schemas/');
  /** @param {string} part */
  const byName = (part) =>
    hookName.options.map((/** @type {string} */ name) => [
      name,
      { $ref: `#/components/schemas/${hookDefinition(name, part)}` },
    ]);
  return {
    ...JSON.parse(text),
    HookRequests: objectOf(Object.fromEntries(byName('Request'))),
    HookAnswers: objectOf(Object.fromEntries(byName('Answer'))),
  };
}

/**
 * What is empty in a file of mere schemas.
 * @param {import('typescript').Node} node
 */
const isOfOperations = (node) =>
  typescript.isTypeAliasDeclaration(node) &&
  ['paths', 'webhooks', '$defs', 'operations'].includes(node.name.text);

/**
 * @param {string} name of the file
 * @param {string} sources for its first line
 * @param {import('openapi-typescript').OpenAPI3} openApi
 * @param {import('openapi-typescript').OpenAPITSOptions} [options]
 */
async function write(name, sources, openApi, options) {
  const types = await openapiTypescript(openApi, {
    // What has a default need not be said.
    defaultNonNullable: false,
    // The names of custom events tell them apart from all others, which a string would not.
    transform: (schema) =>
      'pattern' in schema && /^\^\(?custom:/.test(String(schema.pattern)) ? customEventType : undefined,
    ...options,
  });
  const said = options?.rootTypes === true ? types.filter((node) => !isOfOperations(node)) : types;
  writeFileSync(join(folder, name), `// Generated from ${sources}: not to be edited.\n${astToString(said)}`);
}

mkdirSync(folder, { recursive: true });
const document = openApiDocument();
const schemas = { ...document.components.schemas, ...socketSchemas() };
await write('protocol.ts', 'the OpenAPI and AsyncAPI documents', {
  ...document,
  components: { ...document.components, schemas },
});
await write(
  'hooks.ts',
  'the JSON Schema of hooks',
  { openapi: '3.1.0', info: { title: '', version: '' }, paths: {}, components: { schemas: hookSchemas() } },
  { rootTypes: true, rootTypesNoSchemaPrefix: true },
);
