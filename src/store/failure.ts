import { OtherlegError } from '../model/error.ts';

/** No code of SQLite: what should be a file is a directory. */
const DIRECTORY = -1;

/** Result codes of SQLite (https://www.sqlite.org/rescode.html) that an operator can do something about. */
const remedies: Readonly<Record<number, (path: string) => string>> = {
  8: (path) => `make ${path} and its directory writable for the user that runs otherleg`,
  10: (path) => `look for disk errors in the kernel log; ${path} and ${path}-wal must stay where they are`,
  11: damaged,
  13: (path) => `free space on the file system of ${path}; otherleg goes on by itself, nothing need be restarted`,
  14: (path) => `the directory of ${path} must exist and be writable for the user that runs otherleg`,
  [DIRECTORY]: (path) =>
    `name a file, not a directory (store.url, or store.local beside PostgreSQL): ${path}/otherleg.db`,
  26: damaged,
};

/** The same for the errors of opening a file. */
const fileRemedies: Readonly<Record<string, number>> = {
  ENOENT: 14,
  ENOTDIR: 14,
  ELOOP: 14,
  ENAMETOOLONG: 14,
  EISDIR: DIRECTORY,
  EIO: 10,
  EACCES: 8,
  EPERM: 8,
  EROFS: 8,
  ENOSPC: 13,
  EDQUOT: 13,
};

const busy = [5, 6];

function damaged(path: string): string {
  return `nothing was changed: move ${path} and ${path}-wal aside and start again; sqlite3 ${path} .recover saves what is readable`;
}

/** Whatever went wrong in the store at `path`, with the next step where there is one. */
export function storeFailure(error: unknown, path: string): OtherlegError {
  if (error instanceof OtherlegError) return error;
  const code = resultCode(error);
  const reason = error instanceof Error ? error.message : String(error);
  if (code !== undefined && busy.includes(code)) {
    return new OtherlegError('STORE_LOCKED', `another process has the store ${path}`, {
      hint: 'stop the otherleg that uses it, or give this one a store of its own (store.url)',
      cause: error,
    });
  }
  const hint = code === undefined ? undefined : remedies[code]?.(path);
  return new OtherlegError('STORE_FAILED', `store ${path}: ${reason}`, { ...(hint && { hint }), cause: error });
}

/** The primary result code: extended codes carry more in their upper bits. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode & 0xff;
  return 'code' in error && typeof error.code === 'string' ? fileRemedies[error.code] : undefined;
}
