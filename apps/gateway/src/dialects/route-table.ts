/** One way to ask for something: method, and path from the root. */
interface Entry<Name extends string> {
  readonly name: Name;
  readonly method: string;
  readonly pattern: RegExp;
}

export type Match<Name extends string> =
  | {
      readonly kind: 'found';
      readonly name: Name;
      /** As the path has them, decoded. */
      readonly parameters: Readonly<Record<string, string>>;
    }
  /** No route has this path. */
  | { readonly kind: 'not_served' }
  /** No route has it with this method, but with these. */
  | { readonly kind: 'not_allowed'; readonly allow: readonly string[] };

/** The routes of a dialect that is spoken beside Nest's own: what is matched, and what is refused, is the same for all of them. */
export class RouteTable<Name extends string> {
  constructor(private readonly entries: readonly Entry<Name>[]) {}

  /** @param path from the root, without a query */
  match(method: string, path: string): Match<Name> {
    const fitting = this.entries.flatMap((entry) => {
      const match = entry.pattern.exec(path);
      return match === null ? [] : [{ entry, groups: match.groups ?? {} }];
    });
    const found = fitting.find(({ entry }) => entry.method === method);
    if (found === undefined)
      return fitting.length === 0
        ? { kind: 'not_served' }
        : { kind: 'not_allowed', allow: [...new Set(fitting.map(({ entry }) => entry.method))] };
    const parameters = decoded(found.groups);
    return parameters === null
      ? { kind: 'not_served' }
      : { kind: 'found', name: found.entry.name, parameters };
  }
}

/**
 * The pattern of a path with `{parameter}`s, each of which is one segment.
 *
 * @param choices what a parameter may be; any text unless it is named here
 */
export function patternOf(path: string, choices: Readonly<Record<string, readonly string[]>> = {}): RegExp {
  const source = path
    .replaceAll(/[.:]/g, String.raw`\$&`)
    .replaceAll(
      /\{(\w+)\}/g,
      (_whole, name: string) => `(?<${name}>${choices[name]?.map(escaped).join('|') ?? '[^/]+'})`,
    );
  return new RegExp(`^${source}/?$`);
}

function escaped(text: string): string {
  return text.replaceAll('.', String.raw`\.`);
}

function decoded(groups: Readonly<Record<string, string>>): Record<string, string> | null {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, text]) => [name, decodeURIComponent(text)]));
  } catch {
    return null;
  }
}
