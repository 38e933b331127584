import type { LegEntry } from '../client/shapes.ts';
import { agentOptions, agentUsage, askAgent } from './agent.ts';
import { noPositionals, readArguments, usageError } from './arguments.ts';
import type { Io } from './io.ts';
import { textTable } from './text-table.ts';

const VERB = 'legs';

export const usage = `Usage: otherleg legs [--state live|ended] [--worst] [--limit N] (--config FILE | --url URL) [--json]

Shows the legs of an agent, newest first.

  --state STATE      live or ended only
  --worst            worst first: value ÷ poor value, 1.0 and above is poor
  --limit N          how many at most (50)
${agentUsage}`;

const states = ['live', 'ended'] as const;

type Shown = Pick<LegEntry, 'mediaLegId' | 'state' | 'device' | 'startedAt' | 'endedAt' | 'delivery'> & {
  readonly severity?: number;
};

function row({ mediaLegId, state, device, startedAt, endedAt, severity, delivery }: Shown): readonly string[] {
  const seconds = endedAt === undefined ? '' : String(Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1000));
  const worst = severity === undefined ? '' : severity.toFixed(2);
  const { name, description } = device;
  return [mediaLegId, state, startedAt.slice(0, 19), seconds, worst, delivery.state, `${name} · ${description}`];
}

const heading = ['mediaLegId', 'state', 'began (UTC)', 'seconds', 'severity', 'report', 'device'];

/** Exit code 0, also when there are none. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const options = {
    ...agentOptions,
    state: { type: 'string' },
    worst: { type: 'boolean' },
    limit: { type: 'string' },
  } as const;
  const { values, positionals } = readArguments(VERB, args, options);
  noPositionals(VERB, positionals);
  const state = states.find((known) => known === values.state);
  if (values.state !== undefined && state === undefined) throw usageError(VERB, '--state is live or ended');
  const limit = Number(values.limit ?? 50);
  if (!Number.isInteger(limit) || limit < 1 || limit > 500) throw usageError(VERB, '--limit is a number from 1 to 500');
  const query = { limit, ...(state && { state }), ...(values.worst ? { sort: 'worst' as const } : {}) };
  const page: { readonly items: readonly Shown[] } = await askAgent(VERB, values, io, {
    online: (client) => client.legs(query),
    offline: (agent) => agent.legs(query),
  });
  if (values.json) io.stdout.write(`${JSON.stringify(page, null, 2)}\n`);
  else io.stdout.write(page.items.length === 0 ? 'no legs\n' : textTable([heading, ...page.items.map(row)]));
  return 0;
}
