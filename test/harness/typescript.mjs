// @ts-check
// Lets Node read the TypeScript under test/, which nothing builds: the harness is shared with the tests under jest.
import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const folder = new URL('..', import.meta.url).href;

export function readTypescript() {
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier.startsWith('.') && specifier.endsWith('.js')) {
        const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
        if (source.href.startsWith(folder) && existsSync(source))
          return { url: source.href, format: 'module', shortCircuit: true };
      }
      return next(specifier, context);
    },
    load(url, context, next) {
      if (!url.startsWith(folder) || !url.endsWith('.ts')) return next(url, context);
      const { code } = transformSync(readFileSync(fileURLToPath(url), 'utf8'), {
        filename: fileURLToPath(url),
        swcrc: false,
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript' },
          transform: { verbatimModuleSyntax: true },
        },
      });
      return { format: 'module', source: code, shortCircuit: true };
    },
  });
}
