import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { SampleTree } from './sample-tree.js';

const CLASSES = `
  import { Injectable } from '@nestjs/common';
  @Injectable()
  export class Store {}
`;

const injecting = (imported: string): string => `
  import { Injectable } from '@nestjs/common';
  ${imported}
  @Injectable()
  export class Handler {
    constructor(readonly store: Store) {}
  }
`;

interface Sample {
  /** What the house asks for, in words. */
  promise: string;
  rule: string;
  refused: string;
  file?: string;
  /** Files in which the same source is right. */
  elsewhere?: string[];
}

const SAMPLES: Sample[] = [
  {
    promise: 'no any',
    rule: '@typescript-eslint/no-explicit-any',
    refused: 'export const x = (y: any) => typeof y;',
  },
  {
    promise: 'no any that comes from elsewhere',
    rule: '@typescript-eslint/no-unsafe-assignment',
    refused: "export const x: string = JSON.parse('1');",
  },
  {
    promise: 'no forwardRef',
    rule: 'no-restricted-imports',
    refused: "import { forwardRef } from '@nestjs/common';\nexport const x = forwardRef(() => String);",
  },
  {
    promise: 'no string token where it is injected',
    rule: 'no-restricted-syntax',
    refused:
      "import { Inject } from '@nestjs/common';\nexport class X { constructor(@Inject('y') readonly y: string) {} }",
  },
  {
    promise: 'no string token where it is provided',
    rule: 'no-restricted-syntax',
    refused: "export const x = { provide: 'y', useValue: 1 };",
  },
  {
    promise: 'no string token for a client',
    rule: 'no-restricted-syntax',
    refused:
      "import { ClientsModule } from '@nestjs/microservices';\nexport const x = ClientsModule.register([{ name: 'y' }]);",
  },
  {
    promise: 'at most five dependencies',
    rule: 'no-restricted-syntax',
    refused:
      'export class X { constructor(readonly a: 1, readonly b: 1, readonly c: 1, readonly d: 1, readonly f: 1, readonly g: 1) {} }',
  },
  {
    promise: 'at most 350 lines',
    rule: 'max-lines',
    refused: `export const x = 1;\n${'// y\n'.repeat(350)}`,
  },
  {
    promise: 'process.env in *.config.ts only',
    rule: 'no-restricted-properties',
    refused: "export const x = process.env['Y'];",
    elsewhere: ['apps/gateway/src/gateway.config.ts', 'test/harness/world.ts', 'examples/chat/chat.ts'],
  },
  {
    promise: 'process.env by no side door',
    rule: 'no-restricted-imports',
    refused: "import { env } from 'node:process';\nexport const x = env;",
  },
  { promise: 'no barrels by *', rule: 'no-restricted-syntax', refused: "export * from './classes.js';" },
  {
    promise: 'no barrels by name',
    rule: 'no-restricted-syntax',
    refused: "export { Store } from './classes.js';",
  },
  {
    promise: 'no index files',
    rule: 'no-restricted-syntax',
    file: 'apps/gateway/src/auth/index.ts',
    refused: 'export const x = 1;',
  },
  {
    promise: 'exhaustive switches',
    rule: '@typescript-eslint/switch-exhaustiveness-check',
    refused: "export const x = (y: 'a' | 'b') => { switch (y) { case 'a': return 1; default: return 2; } };",
  },
  {
    promise: 'injected classes are values',
    rule: 'house/no-type-only-injection',
    refused: injecting("import type { Store } from './classes.js';"),
  },
  {
    promise: 'injected classes are values, inline too',
    rule: 'house/no-type-only-injection',
    refused: injecting("import { type Store } from './classes.js';"),
  },
  {
    promise: 'what is only a type is imported as one',
    rule: '@typescript-eslint/consistent-type-imports',
    refused: "import { Store } from './classes.js';\nexport const x = (y: Store) => typeof y;",
  },
  {
    promise: 'no floating promises',
    rule: '@typescript-eslint/no-floating-promises',
    refused: 'export const x = () => { Promise.resolve(1); };',
  },
  {
    promise: 'no console',
    rule: 'no-console',
    refused: "console.log('x');\nexport {};",
    elsewhere: ['examples/chat/shown.ts'],
  },
  {
    promise: 'names in full words',
    rule: 'house/names-in-full-words',
    refused: 'export const x = (lastReq: number) => lastReq;',
  },
  {
    promise: 'names in full words in classes',
    rule: 'house/names-in-full-words',
    refused: 'export class X { sendMsg() { return 1; } }',
  },
  {
    promise: 'no subject outside the contracts',
    rule: 'no-restricted-syntax',
    refused: "export const x = 'hookline.event';",
    elsewhere: ['libs/contracts/src/subjects.ts'],
  },
  {
    promise: 'no built subject outside the contracts',
    rule: 'no-restricted-syntax',
    refused: 'export const x = (y: string) => `hookline.${y}`;',
  },
  ...[
    'Date.now()',
    'new Date()',
    'Math.random()',
    'crypto.randomUUID()',
    'process.pid',
    'setTimeout(String, 1)',
  ].map((expression) => ({
    promise: `the domain is pure: no ${expression}`,
    rule: expression.startsWith('new')
      ? 'no-restricted-syntax'
      : /^(?:Date|Math)/.test(expression)
        ? 'no-restricted-properties'
        : 'no-restricted-globals',
    file: `libs/domain/src/impure-${expression.replace(/\W/g, '')}.ts`,
    refused: `export const x = () => ${expression};`,
    elsewhere: [`apps/gateway/src/auth/impure-${expression.replace(/\W/g, '')}.ts`],
  })),
  {
    promise: 'the domain decides at once: no async functions',
    rule: 'no-restricted-syntax',
    file: 'libs/domain/src/waiting.ts',
    refused: 'export const x = async () => { await y; };\nconst y = 1;',
  },
  {
    promise: 'the domain decides at once: no promises',
    rule: 'no-restricted-syntax',
    file: 'libs/domain/src/promising.ts',
    refused: 'export const x = () => Promise.resolve(1);',
  },
];

/** Right code that a careless rule would refuse. */
const ACCEPTED = {
  'apps/gateway/src/auth/injecting.ts': injecting("import { Store } from './classes.js';"),
  'apps/gateway/src/auth/made-by-hand.ts': injecting("import type { Store } from './shapes.js';"),
  'apps/gateway/src/auth/shapes.ts': 'export interface Store { size: number }',
  'apps/gateway/src/auth/module.ts':
    "import { Module } from '@nestjs/common';\n@Module({})\nexport class EmptyModule {}",
  'apps/gateway/src/auth/words.ts':
    'export const requestId = (response: { res: number }, error: Error) => ({ req: response.res, err: error.name });',
  'libs/domain/src/parsing.ts':
    'export const x = (milliseconds: number) => new Date(milliseconds).toISOString();',
};

const Report = z.array(
  z.object({ filePath: z.string(), messages: z.array(z.object({ ruleId: z.string().nullable() })) }),
);

const fileOf = (sample: Sample, index: number): string =>
  sample.file ?? `apps/gateway/src/auth/sample-${index}.ts`;

describe('ESLint', () => {
  let tree: SampleTree;
  const found = new Map<string, (string | null)[]>();

  beforeAll(async () => {
    const files: Record<string, string> = { 'apps/gateway/src/auth/classes.ts': CLASSES, ...ACCEPTED };
    SAMPLES.forEach((sample, index) => {
      for (const file of [fileOf(sample, index), ...(sample.elsewhere ?? [])]) files[file] = sample.refused;
    });
    tree = await SampleTree.write(files);
    const report = Report.parse(
      await tree.report('eslint/bin/eslint.js', '--format', 'json', 'apps', 'libs', 'test', 'examples'),
    );
    for (const { filePath, messages } of report) {
      found.set(
        tree.relative(filePath),
        messages.map(({ ruleId }) => ruleId),
      );
    }
  }, 60_000);

  afterAll(() => tree.remove());

  test.each(SAMPLES.map((sample, index) => [sample.promise, sample.rule, fileOf(sample, index)] as const))(
    '%s (%s)',
    (_promise, rule, file) => {
      expect(found.get(file)).toContain(rule);
    },
  );

  test.each(
    SAMPLES.flatMap(({ promise, rule, elsewhere = [] }) =>
      elsewhere.map((file) => [promise, file, rule] as const),
    ),
  )('%s: but %s may', (_promise, file, rule) => {
    expect(found.get(file)).not.toContain(rule);
  });

  test.each(Object.keys(ACCEPTED))('%s is right', (file) => {
    expect(found.get(file)).toEqual([]);
  });
});
