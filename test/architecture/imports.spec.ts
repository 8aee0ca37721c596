import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import dependencyRules from '../../.dependency-cruiser.mjs';
import { SampleTree } from './sample-tree.js';

/** Files that the samples import; none of them breaks a rule. */
const INNOCENT = {
  'libs/domain/src/verdict.ts': 'export const verdict = 1;',
  'libs/contracts/src/subjects.ts': 'export const subjects = 1;',
  'libs/platform/src/bus.ts': 'export const bus = 1;',
  'libs/dialects/src/people.ts': 'export const people = 1;',
  'generated/prisma/client.ts': 'export const client = 1;',
  'apps/gateway/src/gateway.module.ts': 'export const gatewayModule = 1;',
  'apps/gateway/src/gateway.config.ts': 'export const gatewayConfig = 1;',
  'apps/gateway/src/auth/guard.ts': 'export const guard = 1;',
  'apps/gateway/src/auth/caller.port.ts': 'export const caller = 1;',
  'apps/gateway/src/dialects/rbm/phones.ts': 'export const phones = 1;',
  'apps/gateway/src/dialects/errors.ts': 'export const errors = 1;',
  'apps/conversation/src/store/event.store.ts':
    "import { client } from '#prisma/client.js';\nexport { client };",
  'libs/platform/src/database/connection.ts':
    "import { PrismaPg } from '@prisma/adapter-pg';\nexport { PrismaPg };",
  'libs/platform/src/database/driver.ts': "import pg from 'pg';\nexport { pg };",
  // Half of a cycle, which is reported once, where it is met first.
  'libs/platform/src/second.ts': "import { first } from './first.js';\nexport const second = () => first;",
  'test/harness/world.ts': 'export const world = 1;',
  'dist/libs/domain/src/verdict.js': 'export const verdict = 1;',
};

/** [rule, file, what it imports] */
const REFUSED: [rule: string, file: string, imported: string][] = [
  ['domain-imports-only-domain', 'libs/domain/src/npm.ts', 'zod'],
  ['domain-imports-only-domain', 'libs/domain/src/node.ts', 'node:crypto'],
  ['domain-imports-only-domain', 'libs/domain/src/contracts.ts', '#contracts/subjects.js'],
  ['domain-spec-stays-in-domain', 'libs/domain/src/contracts.spec.ts', '#contracts/subjects.js'],
  ['contracts-import-only-zod', 'libs/contracts/src/domain.ts', '#domain/verdict.js'],
  ['contracts-import-only-zod', 'libs/contracts/src/node.ts', 'node:buffer'],
  ['contracts-import-only-zod', 'libs/contracts/src/npm.ts', 'uuid'],
  ['contracts-spec-stays-in-contracts', 'libs/contracts/src/domain.spec.ts', '#domain/verdict.js'],
  ['platform-knows-no-business', 'libs/platform/src/domain.ts', '#domain/verdict.js'],
  ['platform-knows-no-business', 'libs/platform/src/dialects.ts', '#dialects/people.js'],
  ['dialects-know-contracts-and-platform', 'libs/dialects/src/domain.ts', '#domain/verdict.js'],
  ['platform-knows-no-business', 'libs/platform/src/contracts.ts', '#contracts/subjects.js'],
  ['platform-knows-no-business', 'libs/platform/src/app.ts', '../../../apps/gateway/src/auth/guard.js'],
  ['client-stands-alone', 'libs/client/src/contracts.ts', '#contracts/subjects.js'],
  ['libs-import-no-app', 'libs/platform/src/app.ts', '../../../apps/gateway/src/auth/guard.js'],
  ['apps-import-no-other-app', 'apps/conversation/src/system/other.ts', '../../../gateway/src/auth/guard.js'],
  ['feature-imports-no-sibling', 'apps/gateway/src/sessions/sibling.ts', '../auth/guard.js'],
  ['feature-imports-no-sibling', 'apps/gateway/src/store/sibling.ts', '../auth/guard.js'],
  ['nested-feature-imports-no-sibling', 'apps/gateway/src/dialects/vonage/sibling.ts', '../rbm/phones.js'],
  ['feature-imports-no-wiring', 'apps/gateway/src/sessions/wiring.ts', '../gateway.module.js'],
  ['prisma-stays-in-store', 'apps/gateway/src/sessions/rows.ts', '#prisma/client.js'],
  ['prisma-stays-in-store', 'apps/gateway/src/sessions/adapter.ts', '@prisma/adapter-pg'],
  ['prisma-stays-in-store', 'apps/gateway/src/sessions/driver.ts', 'pg'],
  ['prisma-stays-in-store', 'libs/platform/src/rows.ts', '#prisma/client.js'],
  ['no-cycles', 'libs/platform/src/first.ts', './second.js'],
  ['product-imports-no-tooling', 'libs/platform/src/harness.ts', '../../../test/harness/world.js'],
  [
    'product-imports-no-tooling',
    'apps/gateway/src/auth/built.ts',
    '../../../../dist/libs/domain/src/verdict.js',
  ],
  ['product-needs-no-dev-dependency', 'apps/gateway/src/auth/development.ts', 'fast-check'],
  ['examples-stand-alone', 'examples/chat/domain.ts', '#domain/verdict.js'],
  ['examples-stand-alone', 'examples/chat/other.ts', '../moderation-hook/hook.js'],
  ['imports-resolve', 'apps/gateway/src/auth/nowhere.ts', '#domain/nowhere.js'],
];

const ALLOWED: [file: string, imported: string][] = [
  ['libs/domain/src/fine.ts', './verdict.js'],
  ['libs/domain/src/fine.spec.ts', 'fast-check'],
  ['libs/contracts/src/fine.ts', 'zod'],
  ['libs/platform/src/fine.ts', 'pino'],
  ['apps/gateway/src/sessions/domain.ts', '#domain/verdict.js'],
  ['apps/gateway/src/sessions/port.ts', '../auth/caller.port.js'],
  ['apps/gateway/src/sessions/config.ts', '../gateway.config.js'],
  ['apps/gateway/src/sessions/fine.spec.ts', '../auth/guard.js'],
  ['apps/gateway/src/dialects/vonage/shared.ts', '../errors.js'],
  ['apps/gateway/src/wiring.ts', './auth/guard.js'],
  ['apps/conversation/src/send-message/store.ts', '../store/event.store.js'],
  ['apps/conversation/src/business/store/deliveries.ts', '#prisma/client.js'],
  ['examples/moderation-hook/hook.ts', 'node:http'],
  ['test/e2e/fine.ts', '#contracts/subjects.js'],
];

const INNOCENT_IMPORTS = Object.keys(INNOCENT).map((file): [string, string] => [file, 'what it does']);

const Report = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

const source = (imported: string): string =>
  `import * as imported from '${imported}';\nexport { imported };\n`;

describe('dependency-cruiser', () => {
  let tree: SampleTree;
  const found = new Set<string>();

  beforeAll(async () => {
    const samples = [...REFUSED.map(([, ...sample]) => sample), ...ALLOWED];
    tree = await SampleTree.write({
      ...INNOCENT,
      ...Object.fromEntries(samples.map(([file, imported]) => [file, source(imported)])),
    });
    const report = Report.parse(
      await tree.report(
        'dependency-cruiser/bin/dependency-cruise.mjs',
        ...[
          '--config',
          '.dependency-cruiser.mjs',
          '--output-type',
          'json',
          'apps',
          'libs',
          'test',
          'examples',
        ],
      ),
    );
    for (const { from, rule } of report.summary.violations) found.add(`${rule.name} ${from}`);
  }, 30_000);

  afterAll(() => tree.remove());

  test.each(REFUSED)('%s refuses that %s imports %s', (rule, file) => {
    expect([...found]).toContain(`${rule} ${file}`);
  });

  test.each([...ALLOWED, ...INNOCENT_IMPORTS])('%s may import %s', (file, _imported) => {
    expect([...found].filter((each) => each.endsWith(` ${file}`))).toEqual([]);
  });

  test('every rule has a sample', () => {
    const sampled = new Set(REFUSED.map(([rule]) => rule));
    const names = (dependencyRules.forbidden ?? []).map(({ name }) => name ?? '');
    expect(names.filter((name) => !sampled.has(name))).toEqual([]);
  });
});
