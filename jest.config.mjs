import { availableParallelism } from 'node:os';

/**
 * Three projects: `unit` (beside the code), `architecture` (the rules fire), `e2e` (everything else under test/:
 * real processes, PostgreSQL and NATS, started by test/harness from dist/).
 */

/** @type {import('@swc/core').Options} */
const swc = {
  swcrc: false,
  sourceMaps: 'inline',
  module: { type: 'es6' },
  jsc: {
    target: 'es2024',
    parser: { syntax: 'typescript', decorators: true },
    transform: {
      legacyDecorator: true,
      decoratorMetadata: true,
      useDefineForClassFields: true,
      verbatimModuleSyntax: true,
    },
    keepClassNames: true,
  },
};

/** @type {import('jest').Config} */
const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  // Tests read the source: package.json maps these names to dist/, and relative imports name the built .js.
  moduleNameMapper: {
    '^#(domain|contracts|platform|dialects)/(.+)\\.js$': '<rootDir>/libs/$1/src/$2.ts',
    '^#prisma/(.+)\\.js$': '<rootDir>/generated/prisma/$1.ts',
    '^(\\.{1,2}/.+)\\.js$': ['$1.ts', '$1.js'],
  },
};

/** @type {import('jest').Config} */
export default {
  // Of the whole run: jest ignores it in a project. Generous, because tests start processes on whatever machine.
  testTimeout: 120_000,
  // Two beside one another even where there are two cores only: much of a test's time is waiting.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  projects: [
    {
      ...common,
      displayName: 'unit',
      roots: ['<rootDir>/apps', '<rootDir>/libs'],
      testMatch: ['**/*.spec.ts'],
    },
    {
      ...common,
      displayName: 'architecture',
      roots: ['<rootDir>/test/architecture'],
      testMatch: ['**/*.spec.ts'],
    },
    {
      ...common,
      displayName: 'e2e',
      roots: ['<rootDir>/test'],
      testMatch: ['**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/architecture/'],
    },
  ],
};
