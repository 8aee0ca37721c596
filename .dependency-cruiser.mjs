/**
 * The import rules of ARCHITECTURE.md. Paths are relative to the folder that is cruised, so the same file also
 * judges the sample trees of test/architecture/imports.spec.ts.
 */

const PRISMA_HOMES = ['^apps/[^/]+/src/store/', '^apps/[^/]+/src/.+/store/', '^libs/platform/src/database/'];
const SPEC = '\\.spec\\.ts$';
const PORT = '\\.port\\.ts$';

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const libraries = [
  {
    name: 'domain-imports-only-domain',
    comment: 'The domain decides from its arguments alone: no framework, no storage, no clock, no dice.',
    severity: 'error',
    from: { path: '^libs/domain/', pathNot: SPEC },
    to: { pathNot: '^libs/domain/' },
  },
  {
    name: 'domain-spec-stays-in-domain',
    comment: 'A domain test may use a test runner and generators, never another part of Hookline.',
    severity: 'error',
    from: { path: `^libs/domain/.+${SPEC}` },
    to: { path: '^(?:apps|libs|generated|test|bench|examples|scripts|dist)/', pathNot: '^libs/domain/' },
  },
  {
    name: 'contracts-import-only-zod',
    comment: 'A contract is schemas and constants, readable by every service and every tool.',
    severity: 'error',
    from: { path: '^libs/contracts/', pathNot: SPEC },
    to: { pathNot: ['^libs/contracts/', 'node_modules/zod/'] },
  },
  {
    name: 'contracts-spec-stays-in-contracts',
    comment: 'A contract test may use a test runner, never another part of Hookline.',
    severity: 'error',
    from: { path: `^libs/contracts/.+${SPEC}` },
    to: { path: '^(?:apps|libs|generated|test|bench|examples|scripts|dist)/', pathNot: '^libs/contracts/' },
  },
  {
    name: 'platform-knows-no-business',
    comment: 'The platform says how things travel and are kept, never what they are.',
    severity: 'error',
    from: { path: '^libs/platform/' },
    to: { path: '^(?:apps|libs)/', pathNot: '^libs/platform/' },
  },
  {
    name: 'dialects-know-contracts-and-platform',
    comment: 'What several apps show in the form of a protocol: made of contracts, looked up over the bus.',
    severity: 'error',
    from: { path: '^libs/dialects/', pathNot: SPEC },
    to: { path: '^(?:apps|libs|generated)/', pathNot: '^libs/(?:dialects|contracts|platform)/' },
  },
  {
    name: 'client-stands-alone',
    comment: 'The client library is published: it knows the wire, and nothing of what is behind it.',
    severity: 'error',
    from: { path: '^libs/client/', pathNot: SPEC },
    to: { path: '^(?:apps|libs|generated|test|bench|examples|scripts|dist)/', pathNot: '^libs/client/' },
  },
  {
    name: 'libs-import-no-app',
    comment: 'Libraries are below the apps.',
    severity: 'error',
    from: { path: '^libs/' },
    to: { path: '^apps/' },
  },
];

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const apps = [
  {
    name: 'apps-import-no-other-app',
    comment: 'Apps are separate processes: what one needs of another it asks over NATS.',
    severity: 'error',
    from: { path: '^apps/([^/]+)/' },
    to: { path: '^apps/', pathNot: '^apps/$1/' },
  },
  {
    name: 'feature-imports-no-sibling',
    comment: 'A feature folder uses store/ and the declared ports (*.port.ts) of its siblings, nothing else.',
    severity: 'error',
    from: { path: '^apps/([^/]+)/src/([^/]+)/', pathNot: SPEC },
    to: {
      path: '^apps/$1/src/[^/]+/',
      pathNot: ['^apps/$1/src/$2/', '^apps/$1/src/store/', PORT],
    },
  },
  {
    name: 'nested-feature-imports-no-sibling',
    comment: 'The same one level deeper: dialects/vonage does not know dialects/rbm.',
    severity: 'error',
    from: { path: '^apps/([^/]+)/src/([^/]+)/([^/]+)/', pathNot: SPEC },
    to: {
      path: '^apps/$1/src/$2/[^/]+/',
      pathNot: ['^apps/$1/src/$2/$3/', '^apps/$1/src/$2/store/', PORT],
    },
  },
  {
    name: 'feature-imports-no-wiring',
    comment:
      'Files directly in src/ wire the features together; a feature knows only the configuration of its app.',
    severity: 'error',
    from: { path: '^apps/([^/]+)/src/[^/]+/', pathNot: SPEC },
    to: { path: '^apps/$1/(?:src/)?[^/]+\\.ts$', pathNot: ['\\.config\\.ts$', PORT] },
  },
  {
    name: 'prisma-stays-in-store',
    comment: 'Rows and queries are translated in store/; nothing else knows that Prisma or pg exist.',
    severity: 'error',
    from: { path: '^(?:apps|libs|examples)/', pathNot: PRISMA_HOMES },
    to: { path: ['^generated/prisma/', 'node_modules/@prisma/', 'node_modules/pg/'] },
  },
];

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const everywhere = [
  {
    name: 'no-cycles',
    comment: 'Of two files that need each other neither can be read first. Type-only imports count.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'product-imports-no-tooling',
    comment: 'Tests, benches, examples, scripts and build output are no part of the product.',
    severity: 'error',
    from: { path: '^(?:apps|libs)/' },
    to: { path: '^(?:test|bench|examples|scripts|dist)/' },
  },
  {
    name: 'product-needs-no-dev-dependency',
    comment: 'A production install has no devDependencies.',
    severity: 'error',
    from: { path: '^(?:apps|libs)/', pathNot: SPEC },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'type-only'] },
  },
  {
    name: 'examples-stand-alone',
    comment: 'An example can be copied out of this repository and still run.',
    severity: 'error',
    from: { path: '^examples/([^/]+)/' },
    // The client library is a package to them, wherever npm has linked it from.
    to: {
      pathNot: ['^examples/$1/', 'node_modules/', '^libs/client/dist/'],
      dependencyTypesNot: ['core'],
    },
  },
  {
    name: 'imports-resolve',
    comment: 'An import that cannot be followed cannot be judged by the other rules.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [...libraries, ...apps, ...everywhere],
  options: {
    doNotFollow: { path: 'node_modules|^generated/' },
    exclude: { path: '^dist/.+\\.map$' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    webpackConfig: { fileName: 'scripts/checks/resolve-imports.mjs' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
