import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { extname } from 'node:path';
import { OtherlegError } from '../model/error.ts';

/** "otlg": marks the file as ours, so that no other program's database is taken for a store. */
export const APPLICATION_ID = 0x6f746c67;

/** https://www.sqlite.org/fileformat2.html#the_database_header */
const HEADER = { octets: 100, magic: 'SQLite format 3\0', applicationId: 68 } as const;

/** Words of our tables and of what lies in them: what is left of a store whose first page is lost. */
const TRACES = ['media_leg_id', 'mediaLegId', 'call_chain_id'];
const CHUNK = 1024 * 1024;

/** Files of such names are databases; of any other a typing error in store.url is likelier than that nothing of a store is left. */
const DATABASES = new Set(['.db', '.db3', '.sqlite', '.sqlite3']);

/**
 * Refuses a file that SQLite cannot read and that never was a store: a typing error in store.url must not cost anybody a file.
 * A damaged store tells by its mark, by what is left in it or in its log, or by its name, unless another program marked it; one
 * of zeros, as a power cut leaves it, is nobody's. Reads only.
 */
export function refuseForeign(path: string): void {
  const mark = markOf(path);
  if (mark === APPLICATION_ID || isBlank(path) || hasTrace(path)) return;
  if (existsSync(`${path}-wal`) && hasTrace(`${path}-wal`)) return;
  if (mark === 0 && DATABASES.has(extname(path))) return;
  throw new OtherlegError('STORE_FAILED', `${path} is a file of another program and was left as it is`, {
    hint: 'give otherleg a file of its own (store.url, store.path); if it was a store once, move it away',
  });
}

/** The mark of the program whose database it is; 0 where none says so. */
function markOf(path: string): number {
  const header = Buffer.alloc(HEADER.octets);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  const isDatabase = header.toString('latin1', 0, HEADER.magic.length) === HEADER.magic;
  return isDatabase ? header.readUInt32BE(HEADER.applicationId) : 0;
}

const isBlank = (path: string): boolean => !someChunk(path, (chunk) => chunk.some((octet) => octet !== 0));

/** A database has octets 0 everywhere; a log or a configuration that speaks of legs has none. */
const hasTrace = (path: string): boolean =>
  someChunk(path, (chunk) => chunk.includes(0) && TRACES.some((trace) => chunk.includes(trace, 0, 'latin1')));

/** Whether a part of the file is such. The parts overlap, so that no word is cut in two. */
function someChunk(path: string, isSuch: (chunk: Buffer) => boolean): boolean {
  const overlap = Math.max(...TRACES.map(({ length }) => length));
  const buffer = Buffer.alloc(CHUNK + overlap);
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    for (let at = 0; at < size; at += CHUNK) {
      const length = readSync(file, buffer, 0, buffer.length, at);
      if (isSuch(buffer.subarray(0, length))) return true;
    }
    return false;
  } finally {
    closeSync(file);
  }
}
