import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

/** What the checks read besides the code: a sample is judged by the very files that judge the project. */
const CONFIGURATION = [
  '.dependency-cruiser.mjs',
  'eslint.config.mjs',
  'package.json',
  'scripts/checks/house-rules.mjs',
  'scripts/checks/resolve-imports.mjs',
  'tsconfig.json',
];

/** A small project in a temporary folder, with the configuration of this one and code of its own. */
export class SampleTree {
  private constructor(private readonly folder: string) {}

  /** @param files path -> source */
  static async write(files: Record<string, string>): Promise<SampleTree> {
    // Resolved, because the tools report real paths and the temporary folder may be a link.
    const tree = new SampleTree(await realpath(await mkdtemp(join(tmpdir(), 'sample-tree-'))));
    await symlink(join(ROOT, 'node_modules'), join(tree.folder, 'node_modules'));
    for (const path of CONFIGURATION) {
      await mkdir(dirname(join(tree.folder, path)), { recursive: true });
      await copyFile(join(ROOT, path), join(tree.folder, path));
    }
    for (const [path, source] of Object.entries(files)) {
      await mkdir(dirname(join(tree.folder, path)), { recursive: true });
      await writeFile(join(tree.folder, path), source);
    }
    return tree;
  }

  /**
   * Runs a tool's command line in the tree.
   *
   * @param tool path below node_modules
   * @returns what it printed, parsed; its exit code says only that something was found
   */
  report(tool: string, ...options: string[]): Promise<unknown> {
    return new Promise((fulfil, reject) => {
      execFile(
        process.execPath,
        [join(ROOT, 'node_modules', tool), ...options],
        { cwd: this.folder, maxBuffer: 32 * 1024 * 1024 },
        (_, output, complaint) => {
          try {
            fulfil(JSON.parse(output));
          } catch {
            reject(new Error(`${tool} gave no report: ${complaint}${output}`));
          }
        },
      );
    });
  }

  /** The path as the rules see it, for a path that a tool reported in full. */
  relative(path: string): string {
    return path.startsWith(this.folder) ? path.slice(this.folder.length + 1) : path;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
