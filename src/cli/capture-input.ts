import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { OtherlegError } from '../model/error.ts';
import type { Io } from './io.ts';

/** Octets of a capture as they come. The array may be filled anew at the next step. */
export type Octets = AsyncIterator<Uint8Array, void, void>;

/** Where a capture comes from; `size` in octets where it is known, compressed as it lies there. */
export type CaptureInput = { readonly name: string; readonly size?: number; readonly octets: Octets };

/** Octets read at once: beyond 256 KiB nothing gets faster. */
const CHUNK = 256 * 1024;

/**
 * Opens a capture file, or the standard input for `-`. Compressed ones (gzip) are known by their first octets, whatever
 * their name. `progress` is told of each piece that was read. Throws CAPTURE_UNREADABLE.
 */
export function openCapture(path: string, io: Io, progress: (octets: number) => void): CaptureInput {
  if (path === '-') return { name: 'standard input', octets: unpacked(fromStream(io.stdin, progress)) };
  let descriptor: number;
  let size: number;
  try {
    descriptor = openSync(path, 'r');
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) throw Object.assign(new Error('it is a directory'), { code: 'EISDIR' });
    size = stat.size;
  } catch (cause) {
    throw unreadable(path, cause);
  }
  return { name: path, size, octets: unpacked(fromFile(path, descriptor, progress)) };
}

function* fromFile(path: string, descriptor: number, progress: (octets: number) => void): Generator<Uint8Array> {
  const chunk = new Uint8Array(CHUNK);
  try {
    for (;;) {
      const read = readSync(descriptor, chunk);
      if (read === 0) return;
      progress(read);
      yield read === CHUNK ? chunk : chunk.subarray(0, read);
    }
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    closeSync(descriptor);
  }
}

async function* fromStream(stdin: Io['stdin'], progress: (octets: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of stdin ?? []) {
    const octets = typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk;
    progress(octets.length);
    yield octets;
  }
}

type Source = Generator<Uint8Array> | AsyncGenerator<Uint8Array>;

/** The octets themselves, or what gzip (RFC 1952, 2.3.1) made of them. */
async function* unpacked(source: Source): AsyncGenerator<Uint8Array, void, void> {
  const first = await source.next();
  if (first.done === true) return;
  const head = first.value;
  if (head[0] === 0x1f && head[1] === 0x8b) yield* gunzipped(head, source);
  else {
    yield head;
    yield* source;
  }
}

async function* gunzipped(head: Uint8Array, rest: Source): AsyncGenerator<Uint8Array, void, void> {
  async function* packed(): AsyncGenerator<Uint8Array> {
    // The decompressor reads later, when the file's own array has other octets.
    yield new Uint8Array(head);
    for await (const chunk of rest) yield new Uint8Array(chunk);
  }
  // Loading it takes as long as a short capture, and most are not compressed.
  const { createGunzip } = await import('node:zlib');
  const source = Readable.from(packed(), { objectMode: true, highWaterMark: 1 });
  const gunzip = createGunzip({ chunkSize: CHUNK });
  source.on('error', (error) => gunzip.destroy(error));
  yield* source.pipe(gunzip);
}

const REASONS: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOENT: ['there is no such file', 'check the path; several files are one capture, merged by time'],
  EISDIR: ['it is a directory', 'name the capture files in it'],
  EACCES: ['it may not be read', 'run as a user who may read it'],
  EPERM: ['it may not be read', 'run as a user who may read it'],
};

function unreadable(path: string, cause: unknown): OtherlegError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const [reason, hint] = REASONS[code] ?? [
    cause instanceof Error ? cause.message : String(cause),
    'copy the file again',
  ];
  return new OtherlegError('CAPTURE_UNREADABLE', `${path} cannot be read: ${reason}`, { hint, cause });
}
