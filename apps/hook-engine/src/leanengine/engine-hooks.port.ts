import { v5 as uuidv5 } from 'uuid';
import { hookName, type HookName } from '#contracts/hooks/names.js';

/** By the name of a function: the hook that it is. Servers in Go spell one of them without its `s`. */
const hookOf = new Map<string, HookName>([
  ['_receiverOffline', 'receiversOffline'],
  ...hookName.options.map((name): [string, HookName] => [`_${name}`, name]),
]);

export interface EngineHook {
  /** Always the same of a server's hook, however often it comes and goes. */
  readonly id: string;
  readonly name: HookName;
  readonly url: string;
}

/** Those of the names that a server lists that are functions of hooks. */
export function hookFunctions(names: readonly unknown[]): string[] {
  return [...hookOf.keys()].filter((name) => names.includes(name));
}

export function hookNamesOf(functions: readonly string[]): HookName[] {
  return [...byName(functions).keys()];
}

export function engineHooksOf(serverId: string, url: string, functions: readonly string[]): EngineHook[] {
  return [...byName(functions)].map(([name, called]) => ({
    id: uuidv5(name, serverId),
    name,
    url: `${url}/1.1/functions/${called}`,
  }));
}

/** A server that has both spellings is called by the right one. */
function byName(functions: readonly string[]): Map<HookName, string> {
  return new Map(
    [...hookOf].filter(([called]) => functions.includes(called)).map(([called, name]) => [name, called]),
  );
}
