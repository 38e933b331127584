import { OtherlegError } from '../model/error.ts';

/** Why the shared database could not do what was asked, so that it is known whether it may have done it. */
export class SharedFailure extends OtherlegError {
  /** `undone`: nothing was changed. `unknown`: the connection broke while it was committing. */
  readonly outcome: 'undone' | 'unknown';
  /** `data`: it will never take this. `busy`: not at this moment. `away`: it can be asked nothing now. */
  readonly fault: Fault;

  constructor(message: string, about: { outcome: 'undone' | 'unknown'; fault: Fault; hint: string; cause: unknown }) {
    super('STORE_FAILED', message, about);
    this.outcome = about.outcome;
    this.fault = about.fault;
  }
}

type Fault = 'data' | 'busy' | 'away';

function faultOf(code: string | undefined): Fault {
  if (code !== undefined && /^(22|23|54)[0-9A-Z]{3}$/.test(code)) return 'data';
  return code !== undefined && /^(40[0-9A-Z]{3}|55P03|57014)$/.test(code) ? 'busy' : 'away';
}

const REACH =
  'see that PostgreSQL runs and can be reached from this host (store.url); until then legs and reports stay here and go on';
const LOGIN = 'see user and password (store.url, store.password) and pg_hba.conf';
const SERVED = 'PostgreSQL is starting or stopping: nothing need be done unless it lasts';
const CERTIFICATE =
  'name the certificate authority of the server: store.url …?sslmode=verify-full&sslrootcert=/path/ca.pem';

/** Codes of PostgreSQL (its manual, appendix A) and of the way to it. */
const remedies: Readonly<Record<string, string>> = {
  ECONNREFUSED: REACH,
  ECONNRESET: REACH,
  ENOTFOUND: REACH,
  EAI_AGAIN: REACH,
  ENOENT: REACH,
  ETIMEDOUT: REACH,
  EHOSTUNREACH: REACH,
  ENETUNREACH: REACH,
  '28P01': LOGIN,
  '28000': LOGIN,
  '3D000': 'create the database: createdb otherleg',
  '3F000': 'give the user a schema in which it may create tables',
  '42501': 'make the user the owner of the database: otherleg makes its own tables',
  '53100': 'free space on the disk of PostgreSQL; until then legs and reports stay here and go on',
  '53300': 'raise max_connections of PostgreSQL: each agent takes up to 8',
  '57P01': SERVED,
  '57P02': SERVED,
  '57P03': SERVED,
  '25006': 'name the primary in store.url: this server takes no writes',
  '57014': 'PostgreSQL is too slow: see its load and locks; a longer time: store.url …?statement_timeout=MILLISECONDS',
  '55P03': 'PostgreSQL is too slow: see its load and locks',
  SELF_SIGNED_CERT_IN_CHAIN: CERTIFICATE,
  DEPTH_ZERO_SELF_SIGNED_CERT: CERTIFICATE,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: CERTIFICATE,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: CERTIFICATE,
  CERT_HAS_EXPIRED: 'renew the certificate of PostgreSQL',
  ERR_TLS_CERT_ALTNAME_INVALID: 'name the server in store.url as its certificate does',
};

/** What went wrong at `name`, with the next step. `committing`: all was done but the commit. */
export function sharedFailure(error: unknown, name: string, committing: boolean): OtherlegError {
  if (error instanceof OtherlegError) return error;
  const reason = error instanceof Error ? error.message || error.name : String(error);
  const code = codeOf(error);
  return new SharedFailure(`store ${name}: ${reason}`, {
    outcome: committing ? 'unknown' : 'undone',
    fault: faultOf(code),
    hint: remedies[code ?? ''] ?? REACH,
    cause: error,
  });
}

/** Several addresses of one host fail together, each for its own reason (AggregateError): the first says enough. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error instanceof AggregateError ? codeOf(error.errors[0]) : undefined;
}
