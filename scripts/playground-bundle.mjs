// @ts-check
// Bundles the playground page into dist/playground. A step of the set-up.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './node24.mjs';

const page = join(root, 'playground/page');
const outdir = join(root, 'dist/playground');

await build({
  entryPoints: [join(page, 'main.tsx'), join(page, 'main.css')],
  outdir,
  bundle: true,
  minify: true,
  sourcemap: true,
  format: 'esm',
  target: 'es2022',
  tsconfig: join(page, 'tsconfig.json'),
  logLevel: 'warning',
});
copyFileSync(join(page, 'index.html'), join(outdir, 'index.html'));
