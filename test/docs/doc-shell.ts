import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Fence, fencesOf } from './fences.ts';

const BIN = resolve(import.meta.dirname, '../../bin/otherleg.js');
const MARK = '@@@ block ';

/** What a block of a document printed. */
export type Ran = { readonly fence: Fence; readonly output: string };

/** Runs the shell blocks of documents as their reader would, in bash, with the real command and the real curl. */
export class DocShell {
  readonly #bin: string;
  readonly #replacements: ReadonlyMap<string, string>;

  /** `folder` is for its own files; `replacements`: what the document says, and what stands for it here. */
  constructor(folder: string, replacements: ReadonlyMap<string, string>) {
    this.#bin = join(folder, 'bin');
    this.#replacements = replacements;
    mkdirSync(this.#bin, { recursive: true });
    this.#command('otherleg', `exec '${process.execPath}' '${BIN}' "$@"`);
    // An answer of 400 and above is a failure of the document, which curl alone passes over.
    this.#command('curl', `PATH="$(echo "$PATH" | cut -d: -f2-)" exec curl --fail-with-body "$@"`);
  }

  /** Every block that is not marked as run by hand, as one session. Rejects with what went wrong, and in which line. */
  async run(markdown: string): Promise<readonly Ran[]> {
    const fences = fencesOf(markdown).filter(({ language, isByHand }) => language === 'sh' && !isByHand);
    const blocks = fences.map(({ text, line }) => `printf '\\n${MARK}${line}\\n'\n${this.#here(text)}`);
    const printed = await this.#bash(['set -euo pipefail', ...blocks].join('\n'));
    const outputs = printed.split(`\n${MARK}`).slice(1);
    return fences.map((fence, at) => ({ fence, output: outputs[at]?.replace(/^\d+\n/, '') ?? '' }));
  }

  #here(text: string): string {
    let here = text;
    for (const [said, meant] of this.#replacements) here = here.replaceAll(said, meant);
    return here;
  }

  #bash(script: string): Promise<string> {
    const env = { ...process.env, PATH: `${this.#bin}:${process.env['PATH'] ?? ''}` };
    return new Promise((done, fail) => {
      execFile('bash', ['-c', script], { env, timeout: 140_000 }, (error, stdout, stderr) => {
        if (error === null) return done(stdout);
        const line = stdout.split(`\n${MARK}`).at(-1);
        fail(new Error(`the block that begins in line ${line}\n${stderr}\nended with ${error.code}`));
      });
    });
  }

  #command(name: string, line: string): void {
    const path = join(this.#bin, name);
    writeFileSync(path, `#!/bin/bash\n${line}\n`);
    chmodSync(path, 0o755);
  }
}
