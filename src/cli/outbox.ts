import { ControlError } from '../client/control-error.ts';
import type { DeliveryStateName } from '../model/delivery.ts';
import { agentOptions, agentUsage, askAgent, type Whereabouts } from './agent.ts';
import { readArguments, usageError } from './arguments.ts';
import type { Io } from './io.ts';
import { textTable } from './text-table.ts';

const VERB = 'outbox';

export const usage = `Usage: otherleg outbox list [--state STATE] [--limit N] (--config FILE | --url URL) [--json]
       otherleg outbox retry MEDIA_LEG_ID… (--config FILE | --url URL)
       otherleg outbox drop MEDIA_LEG_ID… (--config FILE | --url URL)

Shows the reports owed to Graph and those settled; makes refused, expired or dropped ones due now; gives reports up.

  --state STATE  queued, delivered, refused, expired or dropped only
  --limit N      how many at most (50)
${agentUsage}`;

const states = ['queued', 'delivered', 'refused', 'expired', 'dropped'] as const;

type Entry = {
  readonly mediaLegId: string;
  readonly callChainId: string;
  readonly state: DeliveryStateName;
  readonly attempts: number;
  readonly createdAt: string;
  readonly dueAt?: string;
  readonly last?: {
    readonly kind: string;
    readonly trace?: { readonly status?: number; readonly code?: string; readonly message?: string };
  };
};

type Values = Whereabouts & { readonly state?: string; readonly limit?: string; readonly json?: boolean };

function row({ mediaLegId, callChainId, state, attempts, createdAt, dueAt, last }: Entry): readonly string[] {
  const { status, code, message } = last?.trace ?? {};
  const answer = [status, code, message?.slice(0, 60)].filter((part) => part !== undefined && part !== '').join(' ');
  return [mediaLegId, callChainId, state, String(attempts), createdAt.slice(0, 19), dueAt?.slice(0, 19) ?? '', answer];
}

const heading = ['mediaLegId', 'callChainId', 'state', 'attempts', 'created (UTC)', 'due (UTC)', 'last answer'];

async function list(values: Values, io: Io): Promise<number> {
  const state = states.find((known) => known === values.state);
  if (values.state !== undefined && state === undefined)
    throw usageError(VERB, `--state is one of ${states.join(', ')}`);
  const limit = Number(values.limit ?? 50);
  if (!Number.isInteger(limit) || limit < 1 || limit > 500) throw usageError(VERB, '--limit is a number from 1 to 500');
  const query = { limit, ...(state && { state }) };
  const page = await askAgent(VERB, values, io, {
    online: (client) => client.reports(query),
    offline: (agent) => agent.reports(query),
  });
  const items = page.items as readonly Entry[]; // both sides answer with the entries of the contract
  if (values.json) io.stdout.write(`${JSON.stringify(page, null, 2)}\n`);
  else io.stdout.write(items.length === 0 ? 'no reports\n' : textTable([heading, ...items.map(row)]));
  return 0;
}

const changes = {
  retry: { client: 'retryReport', done: 'due now' },
  drop: { client: 'dropReport', done: 'given up' },
} as const;

/** True if there was such a report; the agent says 404 where there is none. */
async function change(verb: keyof typeof changes, mediaLegId: string, values: Values, io: Io): Promise<boolean> {
  const method = changes[verb].client;
  return askAgent(VERB, values, io, {
    online: (client) =>
      client[method](mediaLegId).then(
        () => true,
        (error: unknown) => {
          if (error instanceof ControlError && error.code === 'REPORT_UNKNOWN') return false;
          throw error;
        },
      ),
    offline: (agent) => agent[method](mediaLegId),
  });
}

/** Exit code 0; 1 if one of the reports could not be changed. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const options = { ...agentOptions, state: { type: 'string' }, limit: { type: 'string' } } as const;
  const { values, positionals } = readArguments(VERB, args, options);
  const [verb, ...ids] = positionals;
  if (verb === 'list' && ids.length === 0) return list(values, io);
  if ((verb !== 'retry' && verb !== 'drop') || ids.length === 0)
    throw usageError(VERB, 'say list, retry ID or drop ID');
  let failed = false;
  for (const mediaLegId of ids) {
    const changed = await change(verb, mediaLegId.toLowerCase(), values, io);
    failed ||= !changed;
    io.stdout.write(
      `${mediaLegId}: ${changed ? changes[verb].done : `no report that could be ${verb === 'retry' ? 'retried' : 'dropped'}`}\n`,
    );
  }
  return failed ? 1 : 0;
}
