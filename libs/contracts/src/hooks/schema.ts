import { laidOut } from '../json-schema.js';
import { hookAnswers } from './answers.js';
import { hookMoments, hookName, isBlocking, type HookName } from './names.js';
import { hookRequests } from './requests.js';

/** Names no server: every installation of this version has the same schema. */
export const hookSchemaId = 'urn:hookline:hooks:v1';

/** As the schema calls what a hook gets, or may answer: `MessageReceivedRequest`. */
export function hookDefinition(name: HookName, part: 'Request' | 'Answer'): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}${part}`;
}

/**
 * One JSON Schema (draft 2020-12) of all hooks: `$defs` has each one's request and answer, and the whole is any request.
 * It uses no keyword beyond the draft, so that strict validators and generators in other languages take it as it is.
 */
export function hookSchema() {
  const requests = laidOut(hookRequests, 'output');
  const answers = laidOut(hookAnswers, 'input');
  for (const [name, definition] of Object.entries(answers.$defs)) {
    const other = requests.$defs[name];
    // What is read and what is written would differ, for instance by a default: then they need two names.
    if (other !== undefined && JSON.stringify(other) !== JSON.stringify(definition))
      throw new Error(`${name} is not the same in requests and answers of hooks`);
  }
  const described = hookName.options.map((name): [string, object] => [
    hookDefinition(name, 'Request'),
    { description: `${hookMoments[name]}.`, ...requests.$defs[hookDefinition(name, 'Request')] },
  ]);
  const answered = hookName.options.map((name): [string, object] => {
    const key = hookDefinition(name, 'Answer');
    if (!isBlocking(name)) return [key, { description: 'Ignored: any 2xx says that you have it.' }];
    const description =
      'With status 200. `{}`, or status 204, changes nothing; an unknown field is a failure.';
    return [key, { description, ...(answers.$defs[key] ?? answers.properties[name]) }];
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: hookSchemaId,
    title: 'Hooks of Hookline',
    description:
      "What is POSTed to a hook's URL (told apart by `hook`), and in `$defs` also what it may be answered with. Later versions may add fields to requests.",
    oneOf: hookName.options.map((name) => ({ $ref: `#/$defs/${hookDefinition(name, 'Request')}` })),
    $defs: { ...requests.$defs, ...answers.$defs, ...Object.fromEntries([...described, ...answered]) },
  };
}
