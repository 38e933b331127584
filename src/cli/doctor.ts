import type { ControlClient } from '../client/control-client.ts';
import { ControlError } from '../client/control-error.ts';
import type { HealthAnswer, LegSeen, SourceEntry } from '../client/shapes.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import type { Check } from '../daemon/checks.ts';
import { type Advice, adviceOf } from '../report/sight-advice.ts';
import { SOURCE_YIELDS, yieldNotes, yieldRows } from '../report/source-yield.ts';
import { addressOf, agentOptions, clientOf } from './agent.ts';
import { agentToken } from './agent-token.ts';
import { noPositionals, readArguments, usageError } from './arguments.ts';
import type { Io } from './io.ts';
import { textTable } from './text-table.ts';

const VERB = 'doctor';

export const usage = `Usage: otherleg doctor (--config FILE | --url URL) [--json]

Says how an agent is, what it sees of each leg, what is missing and what to do next. Where none runs, looks at the parts
that the configuration needs: the tool and the right to capture, the clock, the store, the way to Graph and its token.

  --config FILE      the agent's configuration
  --url URL          its address instead: http://127.0.0.1:7741 or unix:/run/otherleg/control.sock
  --token-file FILE  a token of it, where it asks for one
  --json             one JSON document

Exit codes: 0 all well, 1 something is wrong, 2 wrong configuration.`;

type Leg = LegSeen & { readonly device: string; readonly advice: readonly Advice[] };

type Findings = {
  readonly ok: boolean;
  readonly agent: 'running' | 'not running';
  readonly checks: readonly Check[];
  readonly legs: readonly Leg[];
};

/** Exit code 0 if all is well, 1 if something is wrong. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(VERB, args, agentOptions);
  noPositionals(VERB, positionals);
  const config = values.config === undefined ? undefined : loadConfig(values.config, io.env, undefined, 'unread');
  const address = values.url ?? addressOf(config);
  if (address === undefined) throw usageError(VERB, '--config FILE or --url URL is missing');
  const found = await findings(address, config, agentToken(config, values['token-file']));
  if (values.json) io.stdout.write(`${JSON.stringify({ ...found, yields: SOURCE_YIELDS }, null, 2)}\n`);
  else io.stdout.write(shown(found));
  return found.ok ? 0 : 1;
}

async function findings(address: string, config: Config | undefined, token: string | undefined): Promise<Findings> {
  const { checkParts, checkSurroundings } = await import('../daemon/checks.ts');
  const client = clientOf(address, token);
  const health = await client.health().catch((error: unknown) => {
    if (error instanceof ControlError && error.code === 'AGENT_UNREACHABLE') return undefined;
    throw error;
  });
  if (health === undefined) {
    const detail = `none answers at ${address}`;
    const step = 'start it: systemctl start otherleg, or otherleg run --config FILE';
    if (config === undefined) return summed('not running', [{ name: 'agent', state: 'wrong', detail, step }], []);
    // Before its first start an agent is looked at like this: that alone is nothing wrong.
    return summed('not running', [{ name: 'agent', state: 'off', detail, step }, ...(await checkParts(config))], []);
  }
  const { items } = await client.sources();
  const around = config === undefined ? [] : await checkSurroundings(config);
  const legs = await seenLegs(client, items);
  return summed('running', [checkAgent(health, address), ...items.map(checkSource), ...around], legs);
}

const summed = (agent: Findings['agent'], checks: readonly Check[], legs: readonly Leg[]): Findings => ({
  ok: checks.every(({ state }) => state !== 'wrong') && legs.every(({ advice }) => advice.every(({ blind }) => !blind)),
  agent,
  checks,
  legs,
});

function checkAgent({ status, version }: HealthAnswer, address: string): Check {
  const detail = `${version ?? ''} at ${address}`.trim();
  if (status === 'ok') return { name: 'agent', state: 'ok', detail };
  return { name: 'agent', state: 'wrong', detail: `${detail}: ${status}`, step: 'see its log' };
}

function checkSource({ kind, state, reason, remedy, capture }: SourceEntry): Check {
  const told = capture === undefined ? state : captureText(capture);
  if (state === 'off') return { name: kind, state: 'off', detail: 'off in the configuration' };
  if (state === 'failed')
    return { name: kind, state: 'wrong', detail: reason ?? state, ...(remedy && { step: remedy }) };
  return { name: kind, state: 'ok', detail: state === 'starting' ? state : told };
}

function captureText({ tool = 'capture', interface: name = 'any', packets, dropped, unclaimed }: Capture): string {
  const lost = dropped === 0 ? 'none dropped' : `${dropped} dropped: their seconds count as not seen`;
  return `${tool} on ${name}: ${packets} packets, ${lost}; ${unclaimed} streams of no leg`;
}

type Capture = NonNullable<SourceEntry['capture']>;

async function seenLegs(client: ControlClient, items: readonly SourceEntry[]): Promise<readonly Leg[]> {
  const seen = items.flatMap(({ capture }) => capture?.legs ?? []);
  if (seen.length === 0) return [];
  const { items: live } = await client.legs({ state: 'live', limit: 500 });
  const names = new Map(live.map(({ mediaLegId, device }) => [mediaLegId, `${device.name} · ${device.description}`]));
  return seen.map((leg) => ({ ...leg, device: names.get(leg.mediaLegId) ?? '', advice: adviceOf(leg) }));
}

const heading = ['mediaLegId', 'RTP in', 'RTP out', 'RTCP in', 'RTCP out', 'clocks', 'encrypted', 'device'];

function row({ mediaLegId, rtpIn, rtpOut, rtcpIn, rtcpOut, clocksKnown, streams, ...rest }: Leg): readonly string[] {
  const encrypted = rest.encryptedRtcp > 0 ? 'RTCP too' : rest.srtp ? 'media' : 'no';
  const counts = [rtpIn, rtpOut, rtcpIn, rtcpOut].map(String);
  return [mediaLegId, ...counts, `${clocksKnown}/${streams}`, encrypted, rest.device];
}

function shown({ checks, legs }: Findings): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, state, detail, step }) => [
    `${state.padEnd(7)}  ${name.padEnd(width)}  ${detail}`,
    ...(step === undefined ? [] : [`${' '.repeat(width + 11)}→ ${step}`]),
  ]);
  const seen =
    legs.length === 0 ? '' : `\nLegs, as seen in the last ten seconds\n${textTable([heading, ...legs.map(row)])}`;
  const advice = legs.flatMap((leg) => leg.advice.map(({ lacks, step }) => `${leg.mediaLegId}: ${lacks}\n  → ${step}`));
  const yields = `\nWhat each source can yield\n${textTable(yieldRows())}${yieldNotes().join('\n')}`;
  return [
    ...lines,
    ...[seen.trimEnd()].filter(Boolean),
    ...(advice.length === 0 ? [] : ['', ...advice]),
    yields,
    '',
  ].join('\n');
}
