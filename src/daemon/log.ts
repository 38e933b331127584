import { type Logger, pino } from 'pino';

/** Names that may hold a secret wherever they stand; their values never reach the log. */
const SECRET_PATHS = ['authorization', 'clientSecret', 'token', 'accessToken', 'crypto', 'key'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
]);

/** JSON lines on standard output; keys: leg, call, source, op, code, attempt, err. */
export function buildLog(level: string, destination?: { write(line: string): void }): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: SECRET_PATHS, censor: '[secret]' },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
