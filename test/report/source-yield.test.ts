import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ChannelSummary } from '../../src/model/figures.ts';
import type { LegControl, LegKey } from '../../src/model/leg.ts';
import type { RtcStatsEntry } from '../../src/model/rtc-stats.ts';
import { SOURCE_YIELDS, YIELDED, type Yielded, yieldNotes, yieldRows } from '../../src/report/source-yield.ts';
import type { PushedRtcp } from '../../src/source/capture/messages.ts';
import { GetStatsSource } from '../../src/source/getstats/getstats-source.ts';
import { slimStats } from '../daemon/slim-gateway.ts';
import { binding } from '../meter/simulated-call.ts';
import {
  BEGIN,
  control,
  DEVICE,
  type Ends,
  GATEWAY,
  INBOUND,
  middle,
  OUTBOUND,
  report,
  rtp,
  send,
} from '../meter/wire.ts';
import { protect, type Sender } from '../packet/srtcp-protect.ts';
import { summaryOf } from '../quality/one-channel.ts';
import { liveRig } from '../source/capture/live-rig.ts';
import { aLeg, Collected } from '../source/getstats/collected.ts';

type Figures = ChannelSummary['figures'];
type Host = 'device' | 'gateway';

const SECONDS = 60;
const ONE_WAY = 0.04;
const NTP = 3_970_000_000;
const SSRC: Readonly<Record<Host, number>> = { device: 0xd1, gateway: 0xe2 };
const SENT: Readonly<Record<Host, Ends>> = { device: INBOUND, gateway: OUTBOUND };
const SUITE = 'AES_CM_128_HMAC_SHA1_80';
const master = (host: Host): Buffer => Buffer.alloc(30, host);
const sender = (host: Host): Sender => ({
  masterKey: master(host).subarray(0, 16),
  masterSalt: master(host).subarray(16),
});

type Scene = {
  readonly srtp?: boolean;
  /** Who writes reports, whose keys are told, and whose compounds are pushed. */
  readonly reports?: readonly Host[];
  readonly keysOf?: readonly Host[];
  readonly pushed?: readonly Host[];
  readonly ice?: boolean;
  /** Payload type 0 has its clock in a table, 100 has none. */
  readonly payloadType?: number;
};

/** The report that a host writes each five seconds, as the tap beside the gateway sees it. */
function reportsOf(host: Host): readonly { readonly at: number; readonly octets: Uint8Array }[] {
  const other = host === 'device' ? 'gateway' : 'device';
  const [mine, theirs] = host === 'device' ? [1, 3] : [3, 1];
  return Array.from({ length: SECONDS / 5 }, (_, turn) => {
    const at = 5 * turn + mine;
    // The other's latest report, which took its time.
    const asked = mine > theirs ? 5 * turn + theirs : 5 * (turn - 1) + theirs;
    const answers =
      asked < 0 ? {} : { lastReport: middle(asked + NTP), delay: Math.round((at - asked - ONE_WAY) * 65_536) };
    const block = { ssrc: SSRC[other], highest: Math.floor((at - ONE_WAY) * 50) - 1, jitter: 80, ...answers };
    return { at: host === 'device' ? at + ONE_WAY : at, octets: report(SSRC[host], [block], at + NTP) };
  });
}

/** What the capture yields of one audio channel. */
function captured(scene: Scene): Figures {
  const {
    srtp = false,
    reports = ['device', 'gateway'],
    keysOf = [],
    pushed = [],
    ice = false,
    payloadType = 0,
  } = scene;
  const rig = liveRig();
  const [local, remote] = [GATEWAY, DEVICE].map(([address, port]) => ({ address, port }));
  const channel = { media: 'audio', channelIndex: 1, ...(local && { local }), ...(remote && { remote }) } as const;
  const keys = keysOf.map(
    (host): LegKey => ({
      direction: host === 'device' ? 'inbound' : 'outbound',
      suite: SUITE,
      key: master(host).toString('base64'),
      channel: 'audio/1',
    }),
  );
  const told: LegControl = { channels: [channel] };
  rig.follow('leg', 0, told, { keys });
  const wire: { readonly at: number; readonly ends: Ends; readonly octets: Uint8Array }[] = [];
  for (const host of ['device', 'gateway'] as const) {
    for (let index = 0; index < 50 * SECONDS; index += 1) {
      const octets = rtp({ ssrc: SSRC[host], sequence: index, timestamp: 160 * index, payloadType });
      wire.push({ at: index / 50, ends: SENT[host], octets });
    }
    if (reports.includes(host))
      for (const [index, { at, octets }] of reportsOf(host).entries())
        wire.push({ at, ends: control(SENT[host]), octets: srtp ? protect(sender(host), octets, index) : octets });
  }
  if (ice)
    for (let turn = 0; turn < SECONDS; turn += 1) {
      wire.push({ at: turn + 0.2, ends: OUTBOUND, octets: binding(false, turn) });
      wire.push({ at: turn + 0.2 + 2 * ONE_WAY, ends: INBOUND, octets: binding(true, turn) });
    }
  for (const { at, ends, octets } of wire.toSorted((a, b) => a.at - b.at)) send(rig.meter, at, ends, octets);
  const compounds = pushed
    .flatMap((host) =>
      reportsOf(host).map(
        ({ at, octets }): PushedRtcp => ({
          at: BEGIN + at,
          direction: host === 'device' ? 'inbound' : 'outbound',
          octets,
        }),
      ),
    )
    .toSorted((a, b) => a.at - b.at);
  if (compounds.length > 0) rig.take({ kind: 'rtcp', mediaLegId: 'leg', compounds });
  rig.release('leg', SECONDS);
  rig.advance(SECONDS + 10);
  return summaryOf({ seconds: SECONDS, ...rig.measured('leg') }).figures;
}

/** What statistics yield of one audio channel; `change` of each second's entries. */
function pushedStats(change: (entries: readonly RtcStatsEntry[], second: number) => readonly RtcStatsEntry[]): Figures {
  const sink = new Collected();
  const source = new GetStatsSource(sink, { slotSeconds: 5, samplingInterval: 5, kind: 'getstats' });
  source.follow(aLeg('leg', BEGIN));
  for (let second = 1; second <= SECONDS; second += 1) {
    const { timestamp = 0, stats } = slimStats(BEGIN + second, BEGIN, 50);
    source.push('leg', { timestamp, stats: change(stats, second) }, BEGIN + second);
  }
  const { streams, intervals } = sink.series('leg');
  return summaryOf({ seconds: SECONDS, streams, intervals }).figures;
}

const only =
  (...types: readonly string[]) =>
  (entries: readonly RtcStatsEntry[]) =>
    entries.filter(({ type }) => types.includes(type));

const pairAt = (second: number): readonly RtcStatsEntry[] => {
  const at = { timestamp: (BEGIN + second) * 1000 };
  const pair = { currentRoundTripTime: 0.08, responsesReceived: second, state: 'succeeded', nominated: true };
  return [
    { id: 't', type: 'transport', selectedCandidatePairId: 'p', ...at },
    { id: 'p', type: 'candidate-pair', ...pair, ...at },
  ];
};

const full = (entries: readonly RtcStatsEntry[], second: number): readonly RtcStatsEntry[] => {
  const at = { timestamp: (BEGIN + second) * 1000 };
  const sent = { id: 's', type: 'outbound-rtp', kind: 'audio', ssrc: 2, packetsSent: 50 * second, bytesSent: 1, ...at };
  const remote = { id: 'r', type: 'remote-outbound-rtp', kind: 'audio', ssrc: 1, localId: 'in', ...at };
  const loop = { roundTripTime: 0.08, roundTripTimeMeasurements: second, totalRoundTripTime: 0.08 * second };
  const media = entries.map((entry) => ({ ...entry, transportId: 't' }));
  return [...media, { ...sent, transportId: 't' }, { ...remote, ...loop }, ...pairAt(second)];
};

/** Where each source has all that it needs. */
const WHOLE: Readonly<Record<string, () => Figures>> = {
  'capture, RTCP in the clear': () => captured({}),
  'capture, SRTP without keys': () => captured({ srtp: true, ice: true }),
  'capture, SRTP with SDES keys': () => captured({ srtp: true, keysOf: ['device', 'gateway'] }),
  'capture, SRTP, RTCP pushed': () => captured({ srtp: true, pushed: ['device', 'gateway'] }),
  'getstats, full': () => pushedStats(full),
  'getstats, slim': () => pushedStats((entries) => entries),
  'webrtc (WHIP)': () =>
    pushedStats((entries, second) => [
      ...only('inbound-rtp')(entries).map((entry) => ({ ...entry, transportId: 't' })),
      ...pairAt(second),
    ]),
};

const sourceOf = (name: string) => SOURCE_YIELDS.find(({ source }) => source === name);

describe.each(SOURCE_YIELDS)('$source', ({ source, values }) => {
  it('yields what the table says', () => {
    const figures = WHOLE[source]?.();
    for (const name of YIELDED) {
      const told = values[name];
      for (const measure of ['average', 'maximum'] as const) {
        const figure = figures?.[`${measure}${name}`];
        if (figure === undefined) expect.fail(`${source} is not tried`);
        const found = 'absent' in figure ? figure.absent : figure.origin;
        const expected: readonly string[] = 'absent' in told ? [told.absent] : told.by;
        expect([source, measure, name, found, expected.includes(found)]).toEqual([source, measure, name, found, true]);
      }
    }
  });
});

describe('a source without what it needs', () => {
  const REPORTED: readonly Yielded[] = ['OutboundPacketLossRateInPercentage', 'OutboundJitter'];
  const TRIPS: readonly Yielded[] = ['InboundRoundTripDelay', 'OutboundRoundTripDelay'];
  const withoutTrips = (entries: readonly RtcStatsEntry[]): readonly RtcStatsEntry[] =>
    entries.map(({ roundTripTime: _, ...entry }) => entry);
  it.each<readonly [string, readonly Yielded[], () => Figures]>([
    ['capture, RTCP in the clear', REPORTED, () => captured({ reports: ['gateway'] })],
    ['capture, RTCP in the clear', TRIPS, () => captured({ reports: ['device'] })],
    ['capture, RTCP in the clear', ['InboundJitter'], () => clockless()],
    ['capture, SRTP without keys', TRIPS, () => captured({ srtp: true })],
    ['capture, SRTP with SDES keys', REPORTED, () => captured({ srtp: true, keysOf: ['gateway'] })],
    ['capture, SRTP with SDES keys', TRIPS, () => captured({ srtp: true, keysOf: ['device'] })],
    ['capture, SRTP, RTCP pushed', REPORTED, () => captured({ srtp: true, pushed: ['gateway'] })],
    ['capture, SRTP, RTCP pushed', TRIPS, () => captured({ srtp: true, pushed: ['device'] })],
    ['getstats, slim', REPORTED, () => pushedStats(only('inbound-rtp'))],
    ['getstats, slim', TRIPS, () => pushedStats(withoutTrips)],
    ['webrtc (WHIP)', ['InboundRoundTripDelay'], () => pushedStats(only('inbound-rtp'))],
  ])('%s: %s', (source, names, figuresOf) => {
    const figures = figuresOf();
    for (const name of names) {
      const told = sourceOf(source)?.values[name];
      if (told === undefined || 'absent' in told || told.need === undefined) expect.fail(`${name} needs nothing`);
      expect([name, figures[`average${name}`]]).toEqual([name, { absent: told.need.otherwise }]);
      expect([name, figures[`maximum${name}`]]).toEqual([name, { absent: told.need.otherwise }]);
    }
  });
});

/** Too short for anybody to infer a clock that is in no table. */
function clockless(): Figures {
  const rig = liveRig();
  const [local, remote] = [GATEWAY, DEVICE].map(([address, port]) => ({ address, port }));
  const channel = { media: 'audio', channelIndex: 1, ...(local && { local }), ...(remote && { remote }) } as const;
  rig.follow('leg', 0, { channels: [channel] });
  for (let index = 0; index < 75; index += 1)
    send(rig.meter, index / 50, INBOUND, rtp({ ssrc: 1, sequence: index, timestamp: 160 * index, payloadType: 100 }));
  rig.release('leg', 5);
  rig.advance(15);
  return summaryOf({ seconds: 5, ...rig.measured('leg') }).figures;
}

describe('the table', () => {
  it.each(['README.md', 'docs/sources.md'])('is that of %s', (page) => {
    const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
    const [heading = [], ...rows] = yieldRows();
    const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
    expect(text).toContain([line(heading), `|${'---|'.repeat(heading.length)}`, ...rows.map(line)].join('\n'));
    if (page === 'docs/sources.md') for (const note of yieldNotes()) expect(text).toContain(`* ${note}`);
  });

  it('explains every letter once', () => {
    const letters = new Set(
      yieldRows()
        .flat()
        .flatMap((cell) => /\(([a-z])\)$/.exec(cell)?.[1] ?? []),
    );
    expect(yieldNotes().map((note) => note[1])).toEqual([...letters]);
  });
});
