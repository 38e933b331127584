import { ControlError } from '../client/control-error.ts';
import type { DeliveryStateName } from '../model/delivery.ts';
import { agentOptions, agentUsage, askAgent, type Whereabouts } from './agent.ts';
import { readArguments, usageError } from './arguments.ts';
import type { Io } from './io.ts';
import { textTable } from './text-table.ts';

const VERB = 'outbox';

export const usage = `Usage: otherleg outbox list [--state STATE] [--limit N] (--config FILE | --url URL) [--json]
       otherleg outbox show MEDIA_LEG_ID (--config FILE | --url URL) [--json]
       otherleg outbox retry MEDIA_LEG_ID… (--config FILE | --url URL) [--json]
       otherleg outbox drop MEDIA_LEG_ID… (--config FILE | --url URL) [--json]
       otherleg outbox record CALL_CHAIN_ID… (--config FILE | --url URL) [--json]

Shows the reports owed to Graph and those settled, one of them with its body and every attempt at it; makes refused,
expired or dropped ones due now; gives reports up; asks for Graph's own record of a call again.

  --state STATE      queued, delivered, refused, expired or dropped only
  --limit N          how many at most (50)
${agentUsage}`;

const states = ['queued', 'delivered', 'refused', 'expired', 'dropped'] as const;

type Attempt = {
  readonly kind: string;
  readonly at?: string;
  readonly dueAt?: string;
  readonly trace?: {
    readonly status?: number;
    readonly code?: string;
    readonly message?: string;
    readonly requestId?: string;
    readonly clientRequestId?: string;
    readonly hint?: string;
  };
};

type Entry = {
  readonly mediaLegId: string;
  readonly callChainId: string;
  readonly tenantId?: string;
  readonly state: DeliveryStateName;
  readonly reason?: string;
  readonly attempts: number;
  readonly createdAt: string;
  readonly dueAt?: string;
  readonly last?: Attempt;
};

type Shown = Entry & { readonly history: readonly Attempt[]; readonly report: unknown };

type Values = Whereabouts & { readonly state?: string; readonly limit?: string; readonly json?: boolean };

function row({ mediaLegId, callChainId, state, attempts, createdAt, dueAt, last }: Entry): readonly string[] {
  const due = dueAt?.slice(0, 19) ?? '';
  return [mediaLegId, callChainId, state, String(attempts), createdAt.slice(0, 19), due, answerOf(last).slice(0, 80)];
}

const answerOf = ({ trace: { status, code, message } = {} }: Attempt = { kind: '' }): string =>
  [status, code, message].filter((part) => part !== undefined && part !== '').join(' ');

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

/** What Microsoft's support asks for, and what an operator can do. */
function shownText({ history, report, ...entry }: Shown): string {
  const { mediaLegId, callChainId, tenantId = '', state, reason, attempts, createdAt, dueAt } = entry;
  const facts = [
    ['leg', mediaLegId],
    ['call', callChainId],
    ['tenant', tenantId],
    ['state', reason === undefined ? state : `${state} (${reason})`],
    ['created', createdAt],
    ...(dueAt === undefined ? [] : [['due', dueAt]]),
    ['attempts', String(attempts)],
  ];
  const tries = history.map((attempt) => {
    const { requestId = '', clientRequestId = '' } = attempt.trace ?? {};
    return [attempt.at?.slice(0, 19) ?? '', attempt.kind, answerOf(attempt), requestId, clientRequestId];
  });
  const table =
    tries.length === 0
      ? ''
      : `\n${textTable([['at (UTC)', '', 'answer', 'request-id', 'client-request-id'], ...tries])}`;
  const hint = history.findLast(({ trace }) => trace?.hint !== undefined)?.trace?.hint;
  const next = hint === undefined || state === 'delivered' ? '' : `\nTry: ${hint}\n`;
  return `${textTable(facts)}${table}${next}\n${JSON.stringify(report, null, 2)}\n`;
}

async function show(mediaLegId: string, values: Values, io: Io): Promise<number> {
  const found = await askAgent(VERB, values, io, {
    online: (client) => client.outboxReport(mediaLegId).catch(nothingThere),
    offline: (agent) => agent.report(mediaLegId),
  });
  if (found === undefined) {
    io.stderr.write(`otherleg: there is no report of leg ${mediaLegId}\n`);
    return 1;
  }
  const shown = found as Shown; // both sides answer with the report of the contract
  io.stdout.write(values.json ? `${JSON.stringify(found, null, 2)}\n` : shownText(shown));
  return 0;
}

/** The agent says 404 where there is no such report. */
function nothingThere(error: unknown): undefined {
  if (error instanceof ControlError && error.code === 'REPORT_UNKNOWN') return undefined;
  throw error;
}

const changes = {
  retry: { client: 'retryReport', done: 'due now', not: 'no report that could be retried' },
  drop: { client: 'dropReport', done: 'given up', not: 'no report that could be dropped' },
} as const;

/** True if there was such a report. */
async function change(verb: keyof typeof changes, mediaLegId: string, values: Values, io: Io): Promise<boolean> {
  const method = changes[verb].client;
  const changed = await askAgent<true | boolean | undefined>(VERB, values, io, {
    online: (client) => client[method](mediaLegId).then(() => true as const, nothingThere),
    offline: (agent) => agent[method](mediaLegId),
  });
  return changed ?? false;
}

async function changeAll(verb: keyof typeof changes, ids: readonly string[], values: Values, io: Io): Promise<number> {
  const items: { mediaLegId: string; changed: boolean }[] = [];
  for (const mediaLegId of ids) items.push({ mediaLegId, changed: await change(verb, mediaLegId, values, io) });
  const { done, not } = changes[verb];
  const lines = items.map(({ mediaLegId, changed }) => `${mediaLegId}: ${changed ? done : not}\n`);
  io.stdout.write(values.json ? `${JSON.stringify({ items }, null, 2)}\n` : lines.join(''));
  return items.every(({ changed }) => changed) ? 0 : 1;
}

/** Also of an agent that does not run: it asks when it starts. */
async function record(ids: readonly string[], values: Values, io: Io): Promise<number> {
  const items: { readonly callChainId: string; readonly state: string }[] = [];
  for (const callChainId of ids) {
    const { state } = await askAgent<{ readonly state: string }>(VERB, values, io, {
      online: (client) => client.askCallRecord(callChainId).catch(unknownCall),
      offline: (agent) => agent.askRecord(callChainId).then((asked) => asked ?? UNKNOWN),
    });
    items.push({ callChainId, state });
  }
  const line = ({ callChainId, state }: (typeof items)[number]): string =>
    `${callChainId}: ${state === UNKNOWN.state ? 'no leg of ours was in it' : `due now (${state})`}\n`;
  io.stdout.write(values.json ? `${JSON.stringify({ items }, null, 2)}\n` : items.map(line).join(''));
  return items.every(({ state }) => state !== UNKNOWN.state) ? 0 : 1;
}

const UNKNOWN = { state: 'unknown' } as const;

function unknownCall(error: unknown): { readonly state: string } {
  if (error instanceof ControlError && error.code === 'CALL_UNKNOWN') return UNKNOWN;
  throw error;
}

/** Exit code 0; 1 if one of the reports does not exist or could not be changed. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const options = { ...agentOptions, state: { type: 'string' }, limit: { type: 'string' } } as const;
  const { values, positionals } = readArguments(VERB, args, options);
  const [verb, ...given] = positionals;
  const ids = given.map((id) => id.toLowerCase());
  const [first] = ids;
  if (verb === 'list' && first === undefined) return list(values, io);
  if (verb === 'show' && first !== undefined && ids.length === 1) return show(first, values, io);
  if ((verb === 'retry' || verb === 'drop') && first !== undefined) return changeAll(verb, ids, values, io);
  if (verb === 'record' && first !== undefined) return record(ids, values, io);
  throw usageError(VERB, 'say list, show ID, retry ID, drop ID or record ID');
}
