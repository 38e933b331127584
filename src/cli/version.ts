import { version } from '../config/version.ts';
import { noPositionals, readArguments } from './arguments.ts';
import type { Io } from './io.ts';

export const usage = `Usage: otherleg version [--json]

  --json  one JSON document: {"version", "node", "platform", "arch"}`;

/** Prints otherleg's version, with --json also what it runs on. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments('version', args, { json: { type: 'boolean' } });
  noPositionals('version', positionals);
  const { version: node, platform, arch } = process;
  io.stdout.write(
    values.json ? `${JSON.stringify({ version: version(), node, platform, arch })}\n` : `otherleg ${version()}\n`,
  );
  return 0;
}
