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
       otherleg outbox retry --state STATE [--tenant ID] --yes (--config FILE | --url URL) [--json]
       otherleg outbox drop MEDIA_LEG_ID… (--config FILE | --url URL) [--json]
       otherleg outbox record CALL_CHAIN_ID… (--config FILE | --url URL) [--json]

Shows the reports owed to Graph and those settled, one of them with its body and every attempt at it; tries again
those that are not delivered, at once or when Graph asked for it; gives reports up; asks for Graph's own record of a call
again.

  --state STATE      list: queued, delivered, refused, expired or dropped only
                     retry: all that are queued, refused, expired, dropped or dead (refused and expired)
  --tenant ID        retry: of these only those of one tenant
  --yes              retry: do it; without it says how many there are
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

type Values = Whereabouts & {
  readonly state?: string;
  readonly tenant?: string;
  readonly yes?: boolean;
  readonly limit?: string;
  readonly json?: boolean;
};

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

type Changed = { readonly mediaLegId: string; readonly changed: boolean; readonly heldUntil?: string };

async function retryOne(mediaLegId: string, values: Values, io: Io): Promise<Changed> {
  const retried = await askAgent<{ readonly heldUntil?: string } | undefined>(VERB, values, io, {
    online: (client) => client.retryReport(mediaLegId).catch(nothingThere),
    offline: (agent) => agent.retryReport(mediaLegId),
  });
  return { mediaLegId, changed: retried !== undefined, ...retried };
}

async function dropOne(mediaLegId: string, values: Values, io: Io): Promise<Changed> {
  const changed = await askAgent<boolean | undefined>(VERB, values, io, {
    online: (client) => client.dropReport(mediaLegId).then(() => true, nothingThere),
    offline: (agent) => agent.dropReport(mediaLegId),
  });
  return { mediaLegId, changed: changed ?? false };
}

const changes = {
  retry: { one: retryOne, done: 'due now', not: 'no report that could be retried' },
  drop: { one: dropOne, done: 'given up', not: 'no report that could be dropped' },
} as const;

async function changeAll(verb: keyof typeof changes, ids: readonly string[], values: Values, io: Io): Promise<number> {
  const { one, done, not } = changes[verb];
  const items: Changed[] = [];
  for (const mediaLegId of ids) items.push(await one(mediaLegId, values, io));
  const line = ({ mediaLegId, changed, heldUntil }: Changed): string => {
    const held = heldUntil && `due ${heldUntil}: Graph asked to be left alone until then`;
    return `${mediaLegId}: ${changed ? (held ?? done) : not}\n`;
  };
  io.stdout.write(values.json ? `${JSON.stringify({ items }, null, 2)}\n` : items.map(line).join(''));
  return items.every(({ changed }) => changed) ? 0 : 1;
}

/** All of a state, once an operator has seen how many that is and says so. */
async function retryChosen(state: string, values: Values, io: Io): Promise<number> {
  const all = await chosen(state, values, io);
  if (all.length === 0 || values.yes) return changeAll('retry', all, values, io);
  io.stderr.write(`otherleg: ${all.length} reports would be tried again; nothing is done without --yes\n`);
  return 1;
}

async function chosen(state: string, values: Values, io: Io): Promise<readonly string[]> {
  const tenant = values.tenant?.toLowerCase();
  const ids: string[] = [];
  for (const each of retriedStates(state)) {
    for (let after: string | undefined, more = true; more; more = after !== undefined) {
      const query = { state: each, limit: 500, ...(after !== undefined && { after }) };
      const page = await askAgent(VERB, values, io, {
        online: (client) => client.reports(query),
        offline: (agent) => agent.reports(query),
      });
      const items = page.items as readonly Entry[]; // both sides answer with the entries of the contract
      const mine = items.filter(({ tenantId }) => tenant === undefined || tenantId?.toLowerCase() === tenant);
      ids.push(...mine.map(({ mediaLegId }) => mediaLegId));
      after = page.next;
    }
  }
  return ids;
}

function retriedStates(state: string): readonly Exclude<(typeof states)[number], 'delivered'>[] {
  if (state === 'dead') return ['refused', 'expired'];
  const known = states.find((one) => one === state);
  if (known !== undefined && known !== 'delivered') return [known];
  throw usageError(VERB, '--state of retry is one of queued, refused, expired, dropped or dead');
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
  const options = {
    ...agentOptions,
    state: { type: 'string' },
    tenant: { type: 'string' },
    yes: { type: 'boolean' },
    limit: { type: 'string' },
  } as const;
  const { values, positionals } = readArguments(VERB, args, options);
  const [verb, ...given] = positionals;
  const ids = given.map((id) => id.toLowerCase());
  const [first] = ids;
  const { state } = values;
  const choosing = values.tenant ?? values.yes ?? (verb === 'list' ? undefined : state);
  if (verb === 'retry' && first === undefined && state !== undefined) return retryChosen(state, values, io);
  if (choosing !== undefined)
    throw usageError(VERB, '--tenant and --yes go with retry --state STATE, which takes no ID');
  if (verb === 'list' && first === undefined) return list(values, io);
  if (verb === 'show' && first !== undefined && ids.length === 1) return show(first, values, io);
  if ((verb === 'retry' || verb === 'drop') && first !== undefined) return changeAll(verb, ids, values, io);
  if (verb === 'record' && first !== undefined) return record(ids, values, io);
  throw usageError(VERB, 'say list, show ID, retry ID, retry --state STATE, drop ID or record ID');
}
