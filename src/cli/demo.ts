import { runDemo } from '../demo/demo.ts';
import { noPositionals, readArguments, usageError } from './arguments.ts';
import type { Io } from './io.ts';

const VERB = 'demo';
const LEAST_SECONDS = 10;
const MOST_SECONDS = 3600;

export const usage = `Usage: otherleg demo [--seconds N] [--json] [--hold]

Runs a real call of two WebRTC peers through a relay that loses, delays and jitters; measures it, reports it to a
local stand-in for Microsoft Graph, and compares what was measured with what the relay did. Then reads the stand-in's
record of the call, sets both legs side by side and says which was worse.

  --seconds N  length of the call (30; at least ${LEAST_SECONDS})
  --json       one JSON document: {"report", "accepted", "truth", "call"}, with --hold also "pageUrl"
  --hold       keep the agent running afterwards, to look at its page and its APIs, until Ctrl-C`;

/** Exit code 0 if the report was accepted, 1 if anything failed. Ends the process: libwebrtc would crash at its end. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const options = { seconds: { type: 'string' }, json: { type: 'boolean' }, hold: { type: 'boolean' } } as const;
  const { values, positionals } = readArguments(VERB, args, options);
  noPositionals(VERB, positionals);
  const seconds = Number(values.seconds ?? 30);
  if (!(seconds >= LEAST_SECONDS && seconds <= MOST_SECONDS)) {
    throw usageError(VERB, `--seconds is a number from ${LEAST_SECONDS} to ${MOST_SECONDS}`);
  }
  const { json = false, hold = false } = values;
  return runDemo({ seconds, json, hold, stdout: io.stdout, stderr: io.stderr });
}
