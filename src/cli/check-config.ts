import { checkConfig } from '../config/check.ts';
import { configError } from '../config/load.ts';
import { configText, writtenForm } from '../config/print.ts';
import { noPositionals, readArguments, required } from './arguments.ts';
import type { Io } from './io.ts';

const VERB = 'check-config';
const INVALID = 2;

export const usage = `Usage: otherleg check-config --config FILE [--print] [--json]

Reads a configuration with its included files, its environment and its secrets, and
says all that is wrong with it at once. Nothing is started and nothing is sent.

  --config FILE  the configuration
  --print        print it as it would be used, with every default, secrets as references
  --json         one JSON document: {"ok", "problems", "warnings", "config"}`;

/** Exit code 0 if an agent would run with this configuration, 2 if not. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const options = { config: { type: 'string' }, print: { type: 'boolean' }, json: { type: 'boolean' } } as const;
  const { values, positionals } = readArguments(VERB, args, options);
  noPositionals(VERB, positionals);
  const path = required(VERB, '--config FILE', values.config);
  const { config, problems, warnings } = checkConfig(path, io.env, 'reachable');
  if (values.json) {
    const printed = config !== undefined && values.print ? { config: writtenForm(config) } : {};
    io.stdout.write(`${JSON.stringify({ ok: config !== undefined, problems, warnings, ...printed }, null, 2)}\n`);
    return config === undefined ? INVALID : 0;
  }
  if (config === undefined) throw configError(path, problems);
  for (const warning of warnings) io.stderr.write(`warning: ${warning}\n`);
  io.stdout.write(values.print ? configText(config) : `${path} is in order\n`);
  return 0;
}
