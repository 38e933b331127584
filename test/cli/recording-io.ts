import { Writable } from 'node:stream';
import type { Io } from '../../src/cli/io.ts';

/** Streams that keep what is written to them. */
export function recordingIo(env: NodeJS.ProcessEnv = {}): { io: Io; out: () => string; err: () => string } {
  const written = { out: '', err: '' };
  const keep = (name: 'out' | 'err'): Writable =>
    new Writable({
      write(chunk, _, done) {
        written[name] += String(chunk);
        done();
      },
    });
  const io = { stdout: keep('out'), stderr: keep('err'), env };
  return { io, out: () => written.out, err: () => written.err };
}
