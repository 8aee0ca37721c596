// @ts-check
// Writes the types of libs/client, from the gateway's OpenAPI and AsyncAPI documents. A step of the set-up.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import openapiTypescript, { astToString } from 'openapi-typescript';
import typescript from 'typescript';
import { root } from './node24.mjs';

const file = join(root, 'libs/client/src/generated/protocol.ts');
const head = '// Generated from the OpenAPI and AsyncAPI documents: not to be edited.\n';

/** @param {string} path below the gateway's folder for the native dialect, of what was just built */
const built = (path) => import(pathToFileURL(join(root, 'dist/apps/gateway/src/native', path)).href);
const { asyncApiDocument } = await built('asyncapi.js');
const { openApiDocument } = await built('rest/openapi.js');

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

const document = openApiDocument();
const schemas = { ...document.components.schemas, ...socketSchemas() };
const types = await openapiTypescript(
  { ...document, components: { ...document.components, schemas } },
  {
    // What has a default need not be said.
    defaultNonNullable: false,
    // The names of custom events tell them apart from all others, which a string would not.
    transform: (schema) =>
      'pattern' in schema && /^\^\(?custom:/.test(String(schema.pattern)) ? customEventType : undefined,
  },
);
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, head + astToString(types));
