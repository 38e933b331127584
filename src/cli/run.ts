import { loadConfig } from '../config/load.ts';
import { buildLog } from '../daemon/log.ts';
import { runAgent } from '../daemon/run.ts';
import { noPositionals, readArguments, required } from './arguments.ts';
import type { Io } from './io.ts';

const VERB = 'run';

export const usage = `Usage: otherleg run --config FILE

Runs the agent until SIGTERM or SIGINT; SIGHUP reads the devices again. Logs are JSON lines on standard output.

  --config FILE  the configuration; otherleg check-config says what is wrong with one

Exit codes: 0 drained, 1 failed, 2 wrong configuration, 3 drained with reports left for the next start.`;

/** Runs the agent; the process ends with its exit code even if a library still holds a handle. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(VERB, args, { config: { type: 'string' } });
  noPositionals(VERB, positionals);
  const warnings: string[] = [];
  const path = required(VERB, '--config FILE', values.config);
  const config = loadConfig(path, io.env, (text) => warnings.push(text));
  const log = buildLog(config.log.level);
  for (const warning of warnings) log.warn({ op: 'config' }, warning);
  const code = await runAgent({ config, read: () => loadConfig(path, io.env), log, environment: io.env });
  log.flush();
  return code;
}
