import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LegAnswer, ReportBody } from '../../src/client/shapes.ts';
import { durationSeconds } from '../../src/demo/iso-duration.ts';
import { until } from '../daemon/slim-gateway.ts';
import { HANGS, LabAgent } from './agent.ts';
import { itemOf } from './agreement.ts';
import { DEVICE, GATEWAY, withLab } from './lab.ts';
import type { RelayTruth } from './relay.ts';
import { channelsOf, identity, impair } from './scene.ts';
import { BaresipCall } from './senders/baresip.ts';
import { GstreamerCall, type Session } from './senders/gstreamer.ts';
import { describeLab } from './tools.ts';
import { type RelayedStream, seenAtGateway, signalledTimes, streamsOf } from './truth.ts';

const STARTING = 300_000;

/** Two SIP messages that the relay saw, and their stamps in the capture. Seconds. */
const STAMPS = 0.02;

/** Nothing is longer on its way through the relay, with what a busy machine adds. Seconds. */
const PATH = 0.1;

/** Four times are cut to a millisecond. Seconds. */
const MILLIS = 0.004;

/** Of the agent. Milliseconds. */
const SLOT = 5000;

type Quality = ReportBody['quality'];

const AUDIO = { media: 'audio', channelIndex: 1 } as const;
const VIDEO = { media: 'video', channelIndex: 1 } as const;

const received = (streams: readonly RelayedStream[], way: 'in' | 'out') => {
  const counts = streams.filter((stream) => stream.way === way).map((stream) => seenAtGateway(stream));
  const sum = (of: 'packets' | 'lost'): number => counts.reduce((total, count) => total + count[of], 0);
  return { packets: sum('packets'), lost: sum('lost') };
};

describeLab('calls that are held and changed', ['baresip', 'gstreamer'], () => {
  const TOLD: Session = { media: 'audio', codec: 'opus', payloadType: 111, port: 5000, ssrc: 0x1000 };
  const PORTS = [5000, 5101] as const;
  const now = (): number => Date.now() / 1000;
  /** Between which times the agent took the word that the told call is held, and that it goes on; its life. Epoch seconds. */
  const held = { from: [0, 0], to: [0, 0], startedAt: 0, endedAt: 0 };
  /** When the device was told to hold, to resume, to end its video and to go on with it. Epoch seconds. */
  const asked: number[] = [];
  let truth: RelayTruth;
  let reports: { readonly signalled: Quality; readonly told: Quality };
  let leg: LegAnswer;

  beforeAll(async () => {
    await withLab(7, async (lab) => {
      const paths = { inbound: { delay: 0.03, jitter: 0.006 }, outbound: { delay: 0.05, jitter: 0.005 } } as const;
      impair(lab, { ...paths.inbound, loss: 0.03 }, { ...paths.outbound, loss: 0.03 });
      const passes = (loss: number): void => {
        for (const direction of ['inbound', 'outbound'] as const)
          lab.relay.rule({ direction, kind: 'rtp', ports: PORTS, ...paths[direction], loss });
      };
      passes(0);
      const agent = await LabAgent.start(lab);
      const toldId = randomUUID();
      await agent.client.putLeg(toldId, { ...identity(), channels: channelsOf([TOLD]) });
      const told = await GstreamerCall.start(lab, [TOLD]);
      const call = await BaresipCall.start(lab, { audio: 'opus', video: true, encrypted: false });
      const found = await until(
        async () => (await agent.client.legs()).items.find((one) => one.mediaLegId !== toldId),
        HANGS,
      );
      await agent.client.putLeg(found.mediaLegId, identity());
      // A slot that is over, with what the device reported in it, is none of the hold's.
      await sleep(2500);
      await sleep(SLOT - (Date.now() % SLOT) + 200);
      const ask = (command: string): void => {
        asked.push(now());
        call.tell('device', command);
      };
      ask('/hold');
      // Its media gateway throws away what the ends go on sending.
      const holdsFrom = now();
      await agent.client.putLeg(toldId, {
        channels: channelsOf([TOLD]).map((one) => ({ ...one, direction: 'inactive' })),
      });
      held.from = [holdsFrom, now()];
      passes(1);
      await sleep(5500);
      passes(0);
      const goesOnFrom = now();
      await agent.client.putLeg(toldId, {
        channels: channelsOf([TOLD]).map((one) => ({ ...one, direction: 'sendrecv' })),
      });
      held.to = [goesOnFrom, now()];
      ask('/resume');
      await sleep(2500);
      // Its line of video gets the port 0, and another one later.
      ask('/video_dir inactive');
      await sleep(3000);
      ask('/video_dir sendrecv');
      await sleep(2500);
      await call.hangUp();
      await told.stop();
      held.endedAt = now();
      const ended = { endedAt: new Date(held.endedAt * 1000).toISOString() };
      await Promise.all([toldId, found.mediaLegId].map((id) => agent.client.end(id, ended)));
      reports = { signalled: await agent.report(found.mediaLegId), told: await agent.report(toldId) };
      leg = await agent.client.leg(toldId);
      held.startedAt = Date.parse(leg.startedAt) / 1000;
      await Promise.all([call.end(), told.end()]);
      truth = await lab.end();
    });
  }, STARTING);

  describe('by re-INVITEs', () => {
    /** Of the device's: the gateway's answers to the call, hold, resume, video off, video on. Epoch seconds. */
    const answers = () => {
      const times = signalledTimes(truth, 'out');
      const [, call = 0] = times;
      // An answer may come twice, when its ACK is late (RFC 3261, 13.3.1.4).
      const [hold = 0, resume = 0, videoOff = 0, videoOn = 0] = asked.map((at) => times.find((time) => time >= at));
      return { call, hold, resume, videoOff, videoOn };
    };
    const streams = (payload: 'audio' | 'video') => {
      const port = itemOf(reports.signalled.mediaQualityList, payload === 'audio' ? AUDIO : VIDEO)?.remotePort ?? 0;
      return streamsOf(truth).filter(({ sourcePort, destinationPort }) => [sourcePort, destinationPort].includes(port));
    };

    it('have the packets that passed, of the parts together', () => {
      // The gateway ends them, after the BYE: what came with it is theirs.
      for (const [media, id] of [
        ['audio', AUDIO],
        ['video', VIDEO],
      ] as const) {
        const item = itemOf(reports.signalled.mediaQualityList, id);
        const [inbound, outbound] = [received(streams(media), 'in'), received(streams(media), 'out')];
        expect(inbound.packets).toBeGreaterThan(100);
        expect(item).toMatchObject({ inboundPackets: inbound.packets, outboundPackets: outbound.packets });
      }
      expect(reports.signalled.mediaQualityList).toHaveLength(2);
    });

    it('have lost what the network lost, but in slots that hold any of the hold', () => {
      const { hold, resume } = answers();
      const slot = SLOT / 1000;
      const [from, to] = [slot * Math.floor(hold / slot), slot * (Math.floor(resume / slot) + 1)];
      const came = streams('audio').flatMap(({ way, packets }) => (way === 'in' ? packets : []));
      const without = (edge: number) => {
        const counted = came.filter(({ receivedAt: at }) => at < from - edge || at > to + edge);
        return { lost: counted.filter(({ leftAt }) => leftAt === undefined).length, of: counted.length };
      };
      // The relay does not say when what it lost would have passed the gateway.
      const [least, most] = [without(PATH), without(-PATH)];
      expect(least.lost).toBeGreaterThan(0);
      const audio = itemOf(reports.signalled.mediaQualityList, AUDIO);
      const said = Number(audio?.averageInboundPacketLossRateInPercentage) / 100;
      expect(said).toBeGreaterThanOrEqual(least.lost / most.of - 1e-6);
      expect(said).toBeLessThanOrEqual(most.lost / least.of + 1e-6);
    });

    it('last as long as their channels were there', () => {
      const { call, videoOff, videoOn } = answers();
      const of = (id: typeof AUDIO | typeof VIDEO): number =>
        durationSeconds(itemOf(reports.signalled.mediaQualityList, id)?.mediaDuration ?? '') ?? Number.NaN;
      expect(Math.abs(of(AUDIO) - (held.endedAt - call))).toBeLessThan(STAMPS + truth.longestStall);
      expect(videoOn - videoOff).toBeGreaterThan(2.5);
      expect(Math.abs(of(VIDEO) - (held.endedAt - call - (videoOn - videoOff)))).toBeLessThan(
        STAMPS + truth.longestStall,
      );
    });
  });

  describe('as the gateway tells', () => {
    const streams = () =>
      streamsOf(truth).filter(({ sourcePort, destinationPort }) => [sourcePort, destinationPort].includes(TOLD.port));

    it('have lost nothing while they were held, though the numbers ran on', () => {
      const item = itemOf(reports.told.mediaQualityList, AUDIO);
      const [inbound, outbound] = [received(streams(), 'in'), received(streams(), 'out')];
      expect(inbound.lost).toBeGreaterThan(200);
      expect(streams().map(({ packets }) => packets.length > inbound.packets + 200)).toEqual([true, true]);
      expect(item).toMatchObject({
        inboundPackets: inbound.packets,
        outboundPackets: outbound.packets,
        averageInboundPacketLossRateInPercentage: 0,
        maximumInboundPacketLossRateInPercentage: 0,
        averageOutboundPacketLossRateInPercentage: 0,
        maximumOutboundPacketLossRateInPercentage: 0,
      });
    });

    it('last as long as they were not held', () => {
      const { from, to, startedAt, endedAt } = held;
      const [least = 0, most = 0] = [(to[0] ?? 0) - (from[1] ?? 0), (to[1] ?? 0) - (from[0] ?? 0)];
      const item = itemOf(reports.told.mediaQualityList, AUDIO);
      const said = durationSeconds(item?.mediaDuration ?? '') ?? Number.NaN;
      // Clocks of whole milliseconds tell each of these times.
      expect(said).toBeGreaterThan(endedAt - startedAt - most - MILLIS);
      expect(said).toBeLessThan(endedAt - startedAt - least + MILLIS);
    });
  });
});

describeLab('a call that the gateway dials', ['baresip'], () => {
  /** How the agents know the device; the gateway's address is in the network, too. */
  const KNOWN = { network: 'addresses: ["10.0.0.0/8"]', name: 'uris: ["sip:boardroom@*"]' } as const;
  /** `listens`: since when its capture has the call's ports, epoch seconds. */
  type Known = { readonly quality: Quality; readonly leg: LegAnswer; readonly listens: number };
  let seen: Readonly<Record<keyof typeof KNOWN, Known>>;
  let truth: RelayTruth;

  beforeAll(async () => {
    await withLab(13, async (lab) => {
      impair(lab, { delay: 0.03, jitter: 0.006, loss: 0.05 }, { delay: 0.02 });
      const [network, name] = await Promise.all(
        [KNOWN.network, KNOWN.name].map((match) => LabAgent.start(lab, '', { match })),
      );
      const call = await BaresipCall.start(lab, { audio: 'PCMU', video: false, encrypted: false, caller: 'gateway' });
      const legOf = async (agent: LabAgent | undefined) => {
        if (agent === undefined) throw new TypeError('both were started');
        const { mediaLegId } = await until(async () => (await agent.client.legs()).items[0], HANGS);
        await agent.client.putLeg(mediaLegId, identity());
        const outcome = async (): Promise<Known> => {
          await agent.client.end(mediaLegId);
          // Its filter names ports; the device's network would be `net`.
          const ported = ({ lane, filter }: LabAgent['lines'][number]) =>
            lane === 'media' && /portrange/.test(`${filter}`);
          const listens = Date.parse(String(agent.lines.find(ported)?.['time'])) / 1000;
          return { quality: await agent.report(mediaLegId), leg: await agent.client.leg(mediaLegId), listens };
        };
        return { outcome };
      };
      const [byNetwork, byName] = await Promise.all([legOf(network), legOf(name)]);
      await sleep(7000);
      await call.hangUp();
      seen = { network: await byNetwork.outcome(), name: await byName.outcome() };
      await call.end();
      truth = await lab.end();
    });
  }, STARTING);

  it.each(['network', 'name'] as const)('has its device where the gateway is not, with its %s configured', (known) => {
    const { leg, quality } = seen[known];
    expect(leg).toMatchObject({ deviceAddress: DEVICE, deviceUri: `sip:boardroom@${DEVICE}` });
    expect(quality).toMatchObject({ deviceName: 'Cisco SX80', deviceDescription: 'Bldg 30/21' });
    expect(quality.mediaQualityList).toMatchObject([{ localIPAddress: GATEWAY, remoteIPAddress: DEVICE }]);
  });

  it('has the packets and the loss of the network', () => {
    const { packets, lost } = received(streamsOf(truth), 'in');
    expect(lost).toBeGreaterThan(0);
    const [item] = seen.network.quality.mediaQualityList;
    expect(item).toMatchObject({ inboundPackets: packets, outboundPackets: received(streamsOf(truth), 'out').packets });
    expect(item?.averageInboundPacketLossRateInPercentage).toBeCloseTo((100 * lost) / (packets + lost), 3);
  });

  it('is measured as soon as its ports are known where no network tells what to capture', () => {
    const from = Math.max(seen.name.listens, Date.parse(seen.name.leg.startedAt) / 1000) + PATH;
    const [item] = seen.name.quality.mediaQualityList;
    for (const [way, said] of [
      ['in', item?.inboundPackets],
      ['out', item?.outboundPackets],
    ] as const) {
      const [stream] = streamsOf(truth).filter((one) => one.way === way);
      if (stream === undefined) expect.unreachable(`nothing went ${way}`);
      const least = seenAtGateway(stream, from).packets;
      expect(least).toBeGreaterThan(0);
      expect(Number(said)).toBeGreaterThanOrEqual(least);
      expect(Number(said)).toBeLessThanOrEqual(seenAtGateway(stream).packets);
    }
  });
});
