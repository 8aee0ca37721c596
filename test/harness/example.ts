import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.js';

/** @param name in the folder of the examples */
export function examplePath(name: string): string {
  return fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
}

/** An example as its reader runs it: a process of its own with settings from the environment. */
export class Example {
  output = '';
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly ended: Promise<number | null>;

  /** @param settings the whole environment */
  constructor(command: string, parameters: readonly string[], settings: Readonly<Record<string, string>>) {
    this.child = spawn(command, parameters, { env: settings });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
  }

  /** @param program its path in the folder of the examples */
  static node(
    program: string,
    parameters: readonly string[],
    settings: Readonly<Record<string, string>>,
  ): Example {
    return new Example(process.execPath, [examplePath(program), ...parameters], settings);
  }

  /** Waits until it has been written. @param within ms */
  says(text: string, within?: number): Promise<void> {
    return eventually(() => {
      if (!this.output.includes(text)) throw new Error(`${text} was not written:\n${this.output}`);
    }, within);
  }

  types(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  /** As by the end of the input. */
  hangUp(): Promise<number | null> {
    this.child.stdin.end();
    return this.ended;
  }

  exitCode(): Promise<number | null> {
    return this.ended;
  }

  stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.ended;
  }
}
