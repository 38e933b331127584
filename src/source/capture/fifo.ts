import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The two ends of a pipe, as descriptors: reading never blocks, writing does. */
export type Fifo = { readonly reader: number; readonly writer: number };

/**
 * A true pipe, because what Node makes for a child's output is a pair of sockets, which costs twice the time to read. Its
 * name is gone when this resolves. The reading end is opened first and without blocking: then the other opens at once too.
 */
export async function openFifo(): Promise<Fifo> {
  const directory = await mkdtemp(join(tmpdir(), 'otherleg-capture-'));
  try {
    const path = join(directory, 'fifo');
    await run('mkfifo', ['-m', '600', path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return { reader, writer: openSync(path, constants.O_WRONLY) };
    } catch (error) {
      closeSync(reader);
      throw error;
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
