import fc from 'fast-check';

/** The same dice every time; another seed looks elsewhere. */
export const seed = 7;

/** ms; what was not tried by then is tried with another seed. */
const patience = 20_000;

export const asMany = { seed, numRuns: 3_000, interruptAfterTimeLimit: patience, endOnFailure: true };

type Values = Readonly<Record<string, unknown>>;

/** A path with its `{parameter}`s filled in, and a query. */
export function addressOf(path: string, parameters: Values, query: Values): string {
  const named = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => inAddress(parameters[name]));
  const search = Object.entries(query).map(([name, value]) => `${name}=${inAddress(value)}`);
  return `${named}?${search.join('&')}`;
}

/** A value as a part of an address, which has at least to be one. */
function inAddress(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? '');
  const encoded = encodeURIComponent(text.toWellFormed());
  return encoded === '' || encoded === '.' || encoded === '..' ? '%20' : encoded;
}

/** A body, and once in a while what is no JSON of that kind at all. */
export function bodyFrom(right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 40, arbitrary: right }, { weight: 1, arbitrary: fc.string() });
}
