import type { JsonValue } from '../json-value.js';

/** Values by the path that leads to them, with dots between. */
type ByPath = Record<string, JsonValue>;
type Members = Record<string, JsonValue>;

const root = 'attr';

/**
 * What is set of a conversation, as LeanCloud's clients say it: `name`, and custom attributes below `attr`, each by its
 * path. Null is what is removed.
 */
export function leanCloudChangesOf(changes: {
  readonly name?: string | null | undefined;
  readonly attributes?: Readonly<Members> | undefined;
}): ByPath {
  return {
    ...(changes.name !== undefined && { name: changes.name }),
    ...(changes.attributes && Object.fromEntries(pathsOf(root, changes.attributes))),
  };
}

/**
 * The other way. What stands beside `name` and `attr`, where LeanCloud has columns of their own, becomes an attribute.
 *
 * @returns what it means natively; no object, no changes of ours: the value itself, which nothing will take for right
 */
export function changesOf(attr: unknown): unknown {
  if (!isObject(attr)) return attr;
  const attributes: Members = {};
  let hasAttributes = false;
  for (const [path, value] of Object.entries(attr)) {
    if (path === 'name') continue;
    const [first, ...rest] = path.split('.');
    const names = first === root ? rest : path.split('.');
    put(attributes, names, withoutOperations(value));
    hasAttributes = true;
  }
  return {
    ...('name' in attr && { name: withoutOperations(attr['name'] ?? null) }),
    ...(hasAttributes && { attributes }),
  };
}

function pathsOf(path: string, members: Readonly<Members>): [string, JsonValue][] {
  return Object.entries(members).flatMap(([name, value]): [string, JsonValue][] => {
    const below = `${path}.${name}`;
    return isObject(value) && Object.keys(value).length > 0 ? pathsOf(below, value) : [[below, value]];
  });
}

function put(members: Members, names: readonly string[], value: JsonValue): void {
  const [name, ...rest] = names;
  if (name === undefined) {
    if (isObject(value))
      for (const [key, member] of Object.entries(value)) put(members, [key], withoutOperations(member));
    return;
  }
  if (rest.length === 0) {
    define(members, name, value);
    return;
  }
  const there = Object.hasOwn(members, name) ? members[name] : undefined;
  const below = isObject(there) ? there : {};
  put(below, rest, value);
  define(members, name, below);
}

/** A name such as `__proto__` is a name like any other. */
function define(members: Members, name: string, value: JsonValue): void {
  Object.defineProperty(members, name, { value, enumerable: true, configurable: true, writable: true });
}

/** LeanCloud's clients remove by an operation, we by null. */
function withoutOperations(value: JsonValue): JsonValue {
  return isObject(value) && value['__op'] === 'Delete' ? null : value;
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
