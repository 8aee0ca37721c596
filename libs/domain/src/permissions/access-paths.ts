/** What a token opens: patterns of paths, each for all methods or for some. */
export type AccessPaths = Readonly<Record<string, PathRule>>;

interface PathRule {
  readonly methods?: readonly string[] | undefined;
  /** Narrows a rule by what a request says. None is known here. */
  readonly filters?: unknown;
}

/** What a token opens by the list that it has; one without a list nothing, or, where none is required, everything. */
export function openedBy(listed: AccessPaths | undefined, isRequired: boolean): AccessPaths {
  return listed ?? (isRequired ? {} : { '/**': {} });
}

/**
 * Whether a request may be made by a token with this list (the claim `acl.paths` of Vonage's tokens). In a pattern `*` is any
 * one segment, and `**` at its end any number of them, none included. A rule with a filter opens nothing: what it was to keep
 * out could not be told from the rest.
 *
 * @param path from the root, without the query
 */
export function isOpenedBy(paths: AccessPaths, method: string, path: string): boolean {
  const asked = segmentsOf(path);
  return Object.entries(paths).some(
    ([pattern, { methods, filters }]) =>
      filters === undefined &&
      (methods === undefined || methods.some((one) => one.toUpperCase() === method.toUpperCase())) &&
      matches(segmentsOf(pattern), asked),
  );
}

function matches(pattern: readonly string[], asked: readonly string[]): boolean {
  const isOpenEnded = pattern.at(-1) === '**';
  const fixed = isOpenEnded ? pattern.slice(0, -1) : pattern;
  if (isOpenEnded ? asked.length < fixed.length : asked.length !== fixed.length) return false;
  return fixed.every((segment, index) => segment === '*' || segment === asked[index]);
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}
