import javascript from '@eslint/js';
import { defineConfig } from 'eslint/config';
import typescript from 'typescript-eslint';
import { houseRules } from './scripts/checks/house-rules.mjs';

const structure = [
  {
    selector: 'ExportAllDeclaration',
    message: 'No barrels: import from the file that defines the thing.',
  },
  {
    selector: 'ExportNamedDeclaration[source]',
    message: 'No barrels: import from the file that defines the thing.',
  },
  {
    selector: 'MethodDefinition[kind="constructor"] > FunctionExpression[params.length>5]',
    message: 'A constructor takes at most 5 dependencies: this class does more than one thing.',
  },
  {
    selector: 'Decorator > CallExpression[callee.name="Inject"] > :matches(Literal, TemplateLiteral)',
    message: 'No string tokens: the token is the class itself.',
  },
  {
    selector: 'Property[key.name="provide"] > :matches(Literal, TemplateLiteral).value',
    message: 'No string tokens: the token is the class itself.',
  },
  {
    selector:
      'CallExpression[callee.object.name="ClientsModule"] Property[key.name="name"] > :matches(Literal, TemplateLiteral).value',
    message: 'No string tokens: name the client by a symbol or provide a class.',
  },
];

const subjects = [
  {
    selector: ':matches(Literal[value=/^hookline\\./], TemplateElement[value.raw=/^hookline\\./])',
    message: 'Subjects are written in libs/contracts only.',
  },
];

const purity = [
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0], CallExpression[callee.name="Date"]',
    message: 'The domain has no clock: the time is an argument.',
  },
  {
    selector: ':function[async=true], AwaitExpression, ForOfStatement[await=true]',
    message: 'The domain decides at once: no async functions.',
  },
  {
    selector: 'Identifier[name=/^Promise(Like)?$/]',
    message: 'The domain decides at once: no promises.',
  },
];

const IMPURE_GLOBALS =
  'process console crypto fetch performance setTimeout setInterval setImmediate queueMicrotask globalThis global';

const environment = { object: 'process', property: 'env', message: 'Settings are read in *.config.ts only.' };
const clock = {
  object: 'Date',
  property: 'now',
  message: 'The domain has no clock: the time is an argument.',
};
const dice = { object: 'Math', property: 'random', message: 'The domain has no dice: ids are arguments.' };

const environmentImport = ['process', 'node:process'].map((name) => ({
  name,
  importNames: ['env'],
  message: 'Settings are read in *.config.ts only.',
}));
const forwardReference = {
  name: '@nestjs/common',
  importNames: ['forwardRef'],
  message: 'Two providers that need each other are one provider, or three.',
};

const TYPESCRIPT = [
  'apps/**/*.ts',
  'libs/**/*.ts',
  'test/**/*.ts',
  'bench/**/*.ts',
  'examples/**/*.ts',
  '*.config.ts',
  'playground/**/*.{ts,tsx}',
];
const SETTINGS_READERS = [
  '**/*.config.ts',
  '**/*.mjs',
  'scripts/**',
  'test/harness/**',
  'examples/**',
  'bench/**',
];
const refused = (...selectors) => ['error', ...selectors];

export default defineConfig(
  { ignores: ['**/dist/', '**/generated/', 'coverage/', '.hookline/', 'prisma/migrations/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{ts,tsx,mjs,js}'],
    extends: [javascript.configs.recommended],
    plugins: { house: houseRules },
    languageOptions: { parser: typescript.parser },
    rules: {
      eqeqeq: 'error',
      'max-lines': ['error', { max: 350, skipBlankLines: false, skipComments: false }],
      'no-undef': 'off',
      'house/names-in-full-words': 'error',
      'no-restricted-syntax': refused(...structure, ...subjects),
    },
  },
  {
    files: TYPESCRIPT,
    extends: [typescript.configs.strictTypeChecked, typescript.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'house/no-type-only-injection': 'error',
      'no-restricted-imports': ['error', { paths: [forwardReference, ...environmentImport] }],
      'no-restricted-properties': ['error', environment],
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // Nest declares its options as classes and takes plain objects for them.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false, requireDefaultForNonUnion: true },
      ],
    },
  },
  { files: SETTINGS_READERS, rules: { 'no-restricted-properties': 'off' } },
  {
    files: SETTINGS_READERS,
    ignores: ['**/*.mjs'],
    rules: { 'no-restricted-imports': ['error', { paths: [forwardReference] }] },
  },
  { files: ['apps/**/*.ts', 'libs/**/*.ts'], rules: { 'no-console': 'error' } },
  {
    files: ['libs/contracts/**', 'scripts/**', '*.mjs'],
    rules: { 'no-restricted-syntax': refused(...structure) },
  },
  {
    files: ['libs/domain/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-syntax': refused(...structure, ...subjects, ...purity),
      'no-restricted-properties': ['error', environment, clock, dice],
      'no-restricted-globals': ['error', ...IMPURE_GLOBALS.split(' ')],
    },
  },
  {
    files: ['**/index.{ts,js,mjs}'],
    rules: {
      'no-restricted-syntax': refused(
        { selector: 'Program', message: 'No index files: name the file after what it holds.' },
        ...structure,
        ...subjects,
      ),
    },
  },
  {
    files: ['test/**/*.ts', '**/*.spec.ts', 'bench/**/*.ts', 'examples/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  // The samples of the rules are strings of refused code.
  { files: ['test/architecture/**'], rules: { 'no-restricted-syntax': refused(...structure) } },
);
