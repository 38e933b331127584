import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { LegAnswer, MediaQuality, ReportBody } from '../../src/client/shapes.ts';
import { until } from '../daemon/slim-gateway.ts';
import { HANGS, LabAgent } from './agent.ts';
import { itemOf } from './agreement.ts';
import { DEVICE, GATEWAY, type Lab, withLab } from './lab.ts';
import { ip } from './namespaces.ts';
import type { RelayTruth } from './relay.ts';
import { channelsOf, identity } from './scene.ts';
import { GstreamerCall, type Session } from './senders/gstreamer.ts';
import { metronome } from './senders/metronome.ts';
import { describeLab } from './tools.ts';
import { seenAtGateway, streamsOf } from './truth.ts';

/** Of seconds; on a busy machine programs take long to start. */
const SCENARIO = 300_000;

/** Of the agent. Seconds. */
const SLOT = 5;
/** Seconds are seen whole or not at all: what the two edges of an absence cost. Seconds. */
const EDGES = 2;

const CALL: readonly Session[] = [
  { media: 'audio', codec: 'pcmu', payloadType: 0, port: 5000, ssrc: 0x1000 },
  { media: 'camera', codec: 'vp8', payloadType: 96, port: 5002, ssrc: 0x2000 },
];

/** A call of some seconds over a network that loses nothing, with something that goes wrong in it. */
type Faulty = {
  readonly lab: Lab;
  readonly agent: LabAgent;
  readonly mediaLegId: string;
  readonly call: GstreamerCall;
};

type Outcome = {
  readonly truth: RelayTruth;
  readonly report: ReportBody['quality'];
  readonly leg: LegAnswer;
  readonly agent: LabAgent;
};

function duringCall(fault: (call: Faulty) => Promise<void>): Promise<Outcome> {
  return withLab(5, async (lab) => {
    lab.relay.rule({ direction: 'inbound', kind: 'any', delay: 0.02 });
    lab.relay.rule({ direction: 'outbound', kind: 'any', delay: 0.03 });
    const agent = await LabAgent.start(lab);
    const mediaLegId = randomUUID();
    await agent.client.putLeg(mediaLegId, { ...identity(), channels: channelsOf(CALL) });
    const call = await GstreamerCall.start(lab, CALL);
    await fault({ lab, agent, mediaLegId, call });
    await call.stop();
    await agent.client.end(mediaLegId);
    const report = await agent.report(mediaLegId);
    const leg = await agent.client.leg(mediaLegId);
    await call.end();
    expect(agent.accepted).toHaveLength(1);
    return { truth: await lab.end(), report, leg, agent };
  });
}

/** Packets of the call that passed the gateway in that time, by channel and way. */
function passed(truth: RelayTruth, port: number, way: 'in' | 'out', from?: number, to?: number): number {
  const stream = streamsOf(truth).find(
    (one) => one.way === way && [one.sourcePort, one.destinationPort].includes(port),
  );
  return stream === undefined ? 0 : seenAtGateway(stream, from, to).packets;
}

/** When a channel's first and last packet from the device passed. Epoch seconds. */
function timesOf(truth: RelayTruth, port: number): { readonly first: number; readonly last: number } {
  const stream = streamsOf(truth).find(
    (one) => one.way === 'in' && [one.sourcePort, one.destinationPort].includes(port),
  );
  const times = stream?.left.flatMap(({ leftAt }) => leftAt ?? []) ?? [];
  return { first: Math.min(...times), last: Math.max(...times) };
}

const CHANNELS = [
  { media: 'audio', channelIndex: 1, port: 5000 },
  { media: 'video', channelIndex: 1, port: 5002 },
] as const;

/** Our own blindness is not network loss (docs/metrics.md, rule 3): where the network lost nothing, no figure says so. */
const LOSS = [
  'averageInboundPacketLossRateInPercentage',
  'maximumInboundPacketLossRateInPercentage',
  'averageOutboundPacketLossRateInPercentage',
  'maximumOutboundPacketLossRateInPercentage',
] as const satisfies (keyof MediaQuality)[];

function expectNoLoss({ report }: Outcome): void {
  for (const channel of CHANNELS) {
    const item = itemOf(report.mediaQualityList, channel);
    const { media } = channel;
    const said = LOSS.map((name) => item?.[name]);
    expect({ media, said }).toEqual({ media, said: LOSS.map(() => 0) });
  }
}

/** All packets but, at most, those that passed while nobody looked. Epoch seconds. */
function expectAllBut({ report, truth }: Outcome, from: number, to: number): void {
  for (const channel of CHANNELS) {
    const item = itemOf(report.mediaQualityList, channel);
    for (const [way, said] of [
      ['in', item?.inboundPackets],
      ['out', item?.outboundPackets],
    ] as const) {
      const all = passed(truth, channel.port, way);
      const least = all - passed(truth, channel.port, way, from, to);
      const what = `${channel.media} ${way}`;
      const fits = Number(said) >= least && Number(said) <= all;
      expect({ what, said, least, all, fits }).toEqual({ what, said, least, all, fits: true });
    }
  }
}

/** Programs of a name that the agent started. */
function childrenOf(agent: LabAgent, name: string): readonly number[] {
  const kin = (pid: number): readonly number[] =>
    told(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  const all = (pid: number): readonly number[] => kin(pid).flatMap((child) => [child, ...all(child)]);
  return all(agent.pid).filter((pid) => told(`/proc/${pid}/comm`).trim() === name);
}

/** A file of a process; empty if that is gone by now. */
function told(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const now = (): number => Date.now() / 1000;

describeLab('what goes wrong beside the call', ['gstreamer'], () => {
  it(
    'the capturing child is killed: another takes over, and the gap is no loss',
    async () => {
      let gap = { from: 0, to: 0 };
      const outcome = await duringCall(async ({ agent }) => {
        await sleep(4000);
        const killed = childrenOf(agent, 'tcpdump');
        expect(killed.length).toBeGreaterThan(0);
        const from = now();
        for (const pid of killed) process.kill(pid, 'SIGKILL');
        // Each lane has its own: before all are replaced, the state may yet be that of one that was killed.
        const others = () => childrenOf(agent, 'tcpdump').filter((pid) => !killed.includes(pid));
        await until(() => others().length === killed.length, HANGS);
        await agent.captures();
        gap = { from: from - 0.1, to: now() + 0.3 };
        await sleep(6000);
      });
      expectNoLoss(outcome);
      expectAllBut(outcome, gap.from, gap.to);
    },
    SCENARIO,
  );

  it(
    'the interface goes down and comes back: what passed meanwhile is unknown, not lost',
    async () => {
      let gap = { from: 0, to: 0 };
      const outcome = await duringCall(async ({ lab, agent }) => {
        await sleep(4000);
        const from = now();
        ip('-n', lab.sides.gateway.namespace, 'link', 'set', 'gw0', 'down');
        await sleep(1500);
        lab.bringUp('gateway');
        await sleep(200);
        await agent.captures();
        gap = { from: from - 0.1, to: now() + 2 };
        await sleep(6000);
      });
      expectAllBut(outcome, gap.from, gap.to);
      const inbound = LOSS.filter((name) => name.includes('Inbound'));
      for (const channel of CHANNELS) {
        const item = itemOf(outcome.report.mediaQualityList, channel);
        expect(inbound.map((name) => item?.[name])).toEqual([0, 0]);
      }
    },
    SCENARIO,
  );

  it(
    'the agent is killed and started again: the leg goes on, and its absence is no loss',
    async () => {
      let [open, killed, back] = [0, 0, 0];
      const outcome = await duringCall(async ({ agent }) => {
        await sleep(10_000);
        // When a slot is written hangs on the machine, but it is before the next one is over.
        open = await until(() => {
          const begin = SLOT * Math.floor(now() / SLOT);
          return agent.streamsOnDisk(begin - SLOT) === 2 * CALL.length ? begin : undefined;
        }, HANGS);
        killed = now();
        await agent.restart();
        back = now();
        await sleep(8000);
      });
      expectNoLoss(outcome);
      // Only the slot that was open when it died is gone with it.
      expectAllBut(outcome, open, back);
      const [startedAt = 0, endedAt = 0] = [outcome.leg.startedAt, outcome.leg.endedAt].map(
        (time) => Date.parse(time ?? '') / 1000,
      );
      for (const { port, ...channel } of CHANNELS) {
        const item = itemOf(outcome.report.mediaQualityList, channel);
        expect(Number(item?.inboundPackets)).toBeLessThan(passed(outcome.truth, port, 'in'));
        const figure = outcome.leg.channels.find(({ media }) => media === channel.media)?.figures
          .averageInboundPacketLossRateInPercentage;
        const { first, last } = timesOf(outcome.truth, port);
        const seconds = endedAt - startedAt;
        const least = (open - first + last - back - EDGES) / seconds;
        const most = (seconds - (killed - open) + EDGES) / seconds;
        const coverage = figure !== undefined && 'value' in figure ? figure.coverage : Number.NaN;
        expect({ coverage, least, most, fits: coverage >= least && coverage <= most }).toMatchObject({ fits: true });
      }
    },
    SCENARIO,
  );

  it(
    'the agent stands still for two seconds: every packet waits for it',
    async () => {
      const outcome = await duringCall(async ({ agent }) => {
        await sleep(4000);
        process.kill(agent.pid, 'SIGSTOP');
        await sleep(2000);
        process.kill(agent.pid, 'SIGCONT');
        await sleep(4000);
      });
      expectNoLoss(outcome);
      expectAllBut(outcome, 0, 0);
    },
    SCENARIO,
  );

  it(
    'the ports are those of nobody: nothing came, which is not silence on the network',
    async () => {
      const quality = await withLab(6, async (lab) => {
        const agent = await LabAgent.start(lab);
        const mediaLegId = randomUUID();
        const channels = channelsOf(CALL).map((channel) => ({
          ...channel,
          local: { address: GATEWAY, port: Number(channel.local?.port) + 1000 },
          remote: { address: '192.0.2.7', port: Number(channel.remote?.port) + 1000 },
        }));
        await agent.client.putLeg(mediaLegId, { ...identity(), channels });
        const call = await GstreamerCall.start(lab, CALL);
        await sleep(6000);
        const { items } = await agent.client.sources();
        const seen = items.find(({ kind }) => kind === 'capture')?.capture?.legs;
        expect(seen).toMatchObject([{ mediaLegId, rtpIn: 0, rtpOut: 0 }]);
        await agent.client.end(mediaLegId);
        await call.end();
        return agent.report(mediaLegId);
      });
      expect(quality.mediaQualityList).toHaveLength(2);
      for (const item of quality.mediaQualityList) {
        const figures = Object.keys(item).filter((name) => /LossRate|Jitter|RoundTrip|BitRate|FrameRate/.test(name));
        expect(figures).toEqual([]);
        expect([0, undefined]).toContain(item.inboundPackets);
      }
    },
    SCENARIO,
  );
});

describeLab('a ring that overflows', [], () => {
  const PORT = 5000;
  const COUNT = 56_000;
  const PACE = 0.25;

  it(
    'drops packets, which are seen as dropped and never as lost',
    async () => {
      const { item, dropped, truth } = await withLab(4, async (lab) => {
        const agent = await LabAgent.start(lab, 'ring: 2MiB');
        const mediaLegId = randomUUID();
        const [local, remote] = [GATEWAY, DEVICE].map((address) => ({ address, port: PORT }));
        const payloadTypes = [{ payloadType: 0, codec: 'PCMU', clockRate: 8000 }];
        await agent.client.putLeg(mediaLegId, {
          ...identity(),
          channels: [
            { media: 'audio', channelIndex: 1, payloadTypes, ...(local && { local }), ...(remote && { remote }) },
          ],
        });
        const sent = metronome(lab, { port: PORT, count: COUNT, pace: PACE });
        await sleep(3000);
        process.kill(agent.pid, 'SIGSTOP');
        await sleep(2500);
        process.kill(agent.pid, 'SIGCONT');
        await sent;
        await agent.client.end(mediaLegId);
        const { mediaQualityList } = await agent.report(mediaLegId);
        // The kernel's count is asked once a second, and at a leg's end.
        const { items } = await agent.client.sources();
        const capture = items.find(({ kind }) => kind === 'capture')?.capture;
        return { item: mediaQualityList[0], dropped: capture?.dropped, truth: await lab.end() };
      });
      const all = passed(truth, PORT, 'in');
      expect(all).toBe(COUNT);
      expect(dropped).toBeGreaterThan(0);
      expect(item).toMatchObject({
        averageInboundPacketLossRateInPercentage: 0,
        maximumInboundPacketLossRateInPercentage: 0,
        inboundPackets: all - Number(dropped),
      });
    },
    SCENARIO,
  );
});

describeLab('a leg that ends while its media goes on', ['gstreamer'], () => {
  it(
    'leaves the rest to the leg after it: no packet twice, none lost',
    async () => {
      const [lobby, meeting] = [randomUUID(), randomUUID()];
      const { truth, reports } = await withLab(9, async (lab) => {
        lab.relay.rule({ direction: 'inbound', kind: 'any', delay: 0.02 });
        lab.relay.rule({ direction: 'inbound', kind: 'rtp', delay: 0.02, jitter: 0.004, loss: 0.03 });
        const agent = await LabAgent.start(lab);
        await agent.client.putLeg(lobby, { ...identity(), channels: channelsOf(CALL) });
        const call = await GstreamerCall.start(lab, CALL);
        await sleep(6300);
        // The agent's own time: what is told later than packets wait before they are counted (0.2 s) is not to the packet.
        await agent.client.end(lobby, { reason: 'transfer' });
        const { endedAt } = await agent.client.leg(lobby);
        if (endedAt === undefined) expect.unreachable('the leg has ended');
        await agent.client.putLeg(meeting, { ...identity(), startedAt: endedAt, channels: channelsOf(CALL) });
        await sleep(6000);
        await call.stop();
        await agent.client.end(meeting);
        await call.end();
        const both = [await agent.report(lobby), await agent.report(meeting)];
        return { truth: await lab.end(), reports: both };
      });
      for (const { port, ...channel } of CHANNELS) {
        const items = reports.map(({ mediaQualityList }) => itemOf(mediaQualityList, channel));
        const inbound = items.map((item) => Number(item?.inboundPackets));
        const outbound = items.map((item) => Number(item?.outboundPackets));
        const total = ([a = 0, b = 0]: readonly number[]): number => a + b;
        expect({ ...channel, inbound: total(inbound), outbound: total(outbound) }).toEqual({
          ...channel,
          inbound: passed(truth, port, 'in'),
          outbound: passed(truth, port, 'out'),
        });
        expect(Math.min(...inbound, ...outbound)).toBeGreaterThan(50);
      }
      expect(DEVICE).toBe(reports[0]?.mediaQualityList[0]?.remoteIPAddress);
    },
    SCENARIO,
  );
});
