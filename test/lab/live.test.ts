import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import type { ReportBody } from '../../src/client/shapes.ts';
import { describedStreams } from '../../src/demo/session-description.ts';
import { analyzed, type Document } from '../captures/collection.ts';
import { until } from '../daemon/slim-gateway.ts';
import { HANGS, LabAgent } from './agent.ts';
import {
  analysedOf,
  liveDifferences,
  offlineDifferences,
  type RelayedChannel,
  reportedDifferences,
} from './agreement.ts';
import { DEVICE, withLab } from './lab.ts';
import type { RelayTruth } from './relay.ts';
import { channelsOf, identity, impair, relayedChannels } from './scene.ts';
import { BaresipCall } from './senders/baresip.ts';
import { GstreamerCall, type Session, sdpOf } from './senders/gstreamer.ts';
import { WrtcCall } from './senders/wrtc.ts';
import { describeLab } from './tools.ts';
import { signalledEnd, streamsOf } from './truth.ts';

const MEDIA_SECONDS = 12;
const STARTING = 300_000;

type Quality = ReportBody['quality'];

/** What became of a scenario: the relay's own account, the analysis of a capture beside the gateway, the reports. */
type Outcome<Name extends string> = {
  readonly truth: RelayTruth;
  readonly document: Document;
  readonly reports: Readonly<Record<Name, Quality>>;
  /** When the legs ended. Epoch seconds. */
  readonly endedAt: number;
};

/** What is expected of a leg: nothing in any of the three comparisons. */
function expectAgreement(
  { truth, document, endedAt }: Outcome<string>,
  channels: readonly RelayedChannel[],
  quality: Quality,
): void {
  const items = quality.mediaQualityList;
  expect({
    relay: reportedDifferences(truth, channels, items, endedAt),
    analysis: liveDifferences(truth, channels, items, document, endedAt),
  }).toEqual({ relay: [], analysis: [] });
}

describeLab('calls of GStreamer, several at once', ['gstreamer'], () => {
  const key = { device: 'a1'.repeat(30), gateway: 'b2'.repeat(30) };
  const calls = {
    byPorts: [
      { media: 'audio', codec: 'opus', payloadType: 111, port: 5000, ssrc: 0x1000 },
      { media: 'camera', codec: 'vp8', payloadType: 96, port: 5002, ssrc: 0x2000 },
      { media: 'screen', codec: 'vp8', payloadType: 97, port: 5004, ssrc: 0x3000 },
    ],
    withKeys: [
      { media: 'audio', codec: 'pcmu', payloadType: 0, port: 5010, ssrc: 0x4000, key },
      { media: 'camera', codec: 'vp8', payloadType: 96, port: 5012, ssrc: 0x5000, key },
    ],
    withoutKeys: [{ media: 'audio', codec: 'opus', payloadType: 111, port: 5020, ssrc: 0x6000, key }],
    lateDescription: [
      { media: 'audio', codec: 'opus', payloadType: 111, port: 5030, ssrc: 0x7000 },
      { media: 'camera', codec: 'vp8', payloadType: 96, port: 5032, ssrc: 0x8000 },
    ],
  } as const satisfies Record<string, readonly Session[]>;
  const names = ['byPorts', 'withKeys', 'withoutKeys', 'lateDescription'] as const;
  type Name = (typeof names)[number];
  let outcome: Outcome<Name>;

  beforeAll(async () => {
    outcome = await withLab(11, async (lab) => {
      impair(
        lab,
        { delay: 0.04, jitter: 0.008, loss: 0.03, burst: 2, late: 0.01, by: 0.03, twice: 0.01 },
        { delay: 0.025, jitter: 0.004, loss: 0.02 },
      );
      const agent = await LabAgent.start(lab);
      const sniffer = await lab.sniff();
      const ids: Record<Name, string> = {
        byPorts: randomUUID(),
        withKeys: randomUUID(),
        withoutKeys: randomUUID(),
        lateDescription: randomUUID(),
      };
      await agent.client.putLeg(ids.byPorts, { ...identity(), channels: channelsOf(calls.byPorts) });
      await agent.client.putLeg(ids.withKeys, { ...identity(), channels: channelsOf(calls.withKeys, true) });
      await agent.client.putLeg(ids.withoutKeys, { ...identity(), channels: channelsOf(calls.withoutKeys) });
      await agent.client.putLeg(ids.lateDescription, identity());
      const sessions = names.flatMap((name): readonly Session[] => calls[name]);
      const call = await GstreamerCall.start(lab, sessions);
      await sleep(3000);
      // A device behind a router: what it says of itself is not what is on the wire.
      const sdp = {
        local: sdpOf(calls.lateDescription, 'gateway'),
        remote: sdpOf(calls.lateDescription, 'device', '192.168.7.7'),
      };
      await agent.client.putLeg(ids.lateDescription, { sdp });
      await sleep((MEDIA_SECONDS - 3) * 1000);
      await call.stop();
      const endedAt = Date.now() / 1000;
      await Promise.all(names.map((name) => agent.client.end(ids[name])));
      await call.end();
      const truth = await lab.end();
      const described = [
        lab.file('gateway.sdp', sdpOf(sessions, 'gateway')),
        lab.file('device.sdp', sdpOf(sessions, 'device')),
      ];
      const { document } = await analyzed(
        [await sniffer.stop()],
        '--device',
        DEVICE,
        ...described.flatMap((file) => ['--sdp', file]),
      );
      const reports = await Promise.all(names.map(async (name) => [name, await agent.report(ids[name])] as const));
      return { truth, document, endedAt, reports: Object.fromEntries(reports) as Record<Name, Quality> }; // made of `names`
    });
  }, STARTING);

  it('are analysed as the relay says, to the packet', () => {
    expect(offlineDifferences(outcome.truth, outcome.document)).toEqual([]);
  });

  it.each([
    ['byPorts', 'rtcp'],
    ['withKeys', 'rtcp'],
    ['withoutKeys', 'none'],
    ['lateDescription', 'rtcp'],
  ] as const)('are reported as the relay says: %s', (name, reports) => {
    expectAgreement(outcome, relayedChannels(outcome.truth, calls[name], reports), outcome.reports[name]);
  });
});

describeLab('a SIP call of baresip that the agent finds itself', ['baresip'], () => {
  const codecs = { opus: 'audio', PCMU: 'audio', VP8: 'video' } as const;

  async function run(audio: 'opus' | 'PCMU', encrypted: boolean): Promise<Outcome<'call'>> {
    return withLab(23, async (lab) => {
      impair(lab, { delay: 0.03, jitter: 0.006, loss: 0.02 }, { delay: 0.05, jitter: 0.005, loss: 0.03 });
      const agent = await LabAgent.start(lab);
      const sniffer = await lab.sniff();
      const call = await BaresipCall.start(lab, { audio, video: true, encrypted });
      const found = await until(async () => (await agent.client.legs()).items[0], HANGS);
      await agent.client.putLeg(found.mediaLegId, identity());
      await sleep(MEDIA_SECONDS * 1000);
      await call.hangUp();
      const quality = await agent.report(found.mediaLegId);
      await call.end();
      const truth = await lab.end();
      const { document } = await analyzed([await sniffer.stop()]);
      // Media that were on their way with the BYE may come after it: the leg is over by then.
      return { truth, document, endedAt: signalledEnd(truth), reports: { call: quality } };
    });
  }

  function channels({ truth, document }: Outcome<'call'>): readonly RelayedChannel[] {
    const streams = streamsOf(truth);
    return Object.entries(codecs).flatMap(([name, media]) => {
      const own = streams.filter((stream) => analysedOf(document.streams, stream)?.codec === name);
      const port = own.find(({ way }) => way === 'in')?.sourcePort;
      return port === undefined
        ? []
        : [{ media, channelIndex: 1, streams: own, devicePort: port + 1, reports: 'rtcp' as const }];
    });
  }

  it.each([
    ['in clear', 'opus', false],
    ['with the keys of its SDP', 'PCMU', true],
  ] as const)(
    'is analysed and reported as the relay says, %s',
    async (_, audio, encrypted) => {
      const outcome = await run(audio, encrypted);
      // Encrypted reports offline: the analysis knows no keys.
      expect(offlineDifferences(outcome.truth, outcome.document)).toEqual([]);
      expect(outcome.document.legs).toMatchObject([{ device: DEVICE }]);
      expect(outcome.reports.call).toMatchObject({ deviceName: 'Cisco SX80', deviceDescription: 'Bldg 30/21' });
      expectAgreement(outcome, channels(outcome), outcome.reports.call);
    },
    STARTING,
  );
});

describeLab('a WebRTC call with BUNDLE', [], () => {
  let outcome: Outcome<'call'>;
  let sdp: WrtcCall['sdp'];

  beforeAll(async () => {
    outcome = await withLab(31, async (lab) => {
      impair(lab, { delay: 0.03, jitter: 0.006, loss: 0.02 }, { delay: 0.02, jitter: 0.004, loss: 0.01 });
      const agent = await LabAgent.start(lab);
      const sniffer = await lab.sniff();
      const mediaLegId = randomUUID();
      const call = await WrtcCall.negotiate(lab);
      sdp = call.sdp;
      await agent.client.putLeg(mediaLegId, {
        ...identity(),
        sdp: { local: sdp.gateway, remote: sdp.device },
        channels: [
          { media: 'audio', channelIndex: 1, mid: '0' },
          { media: 'video', channelIndex: 1, mid: '1' },
          { media: 'screenSharing', channelIndex: 1, mid: '2' },
        ],
      });
      await call.play();
      await sleep(MEDIA_SECONDS * 1000);
      await call.stop();
      const endedAt = Date.now() / 1000;
      await agent.client.end(mediaLegId);
      await call.end();
      const quality = await agent.report(mediaLegId);
      const truth = await lab.end();
      const files = [lab.file('gateway.sdp', sdp.gateway), lab.file('device.sdp', sdp.device)];
      const { document } = await analyzed(
        [await sniffer.stop()],
        '--device',
        DEVICE,
        ...files.flatMap((file) => ['--sdp', file]),
      );
      return { truth, document, endedAt, reports: { call: quality } };
    });
  }, STARTING);

  function channels(): readonly RelayedChannel[] {
    const ssrcs = [...describedStreams(sdp.gateway), ...describedStreams(sdp.device)];
    return (['audio', 'video', 'screenSharing'] as const).map((media, mid): RelayedChannel => {
      const own = ssrcs.filter((stream) => stream.mid === String(mid)).map(({ ssrc }) => ssrc);
      const streams = streamsOf(outcome.truth).filter(({ ssrc }) => own.includes(ssrc));
      return { media, channelIndex: 1, streams, devicePort: 0, reports: 'stun' };
    });
  }

  it('is analysed as the relay says, to the packet, each m-line as a channel', () => {
    expect(offlineDifferences(outcome.truth, outcome.document)).toEqual([]);
    const [leg] = outcome.document.legs;
    // The description names no screen share: offline it is the second video.
    const told = channels().map(
      (channel): RelayedChannel =>
        channel.media === 'screenSharing' ? { ...channel, media: 'video', channelIndex: 2 } : channel,
    );
    const items = leg?.report.quality.mediaQualityList ?? [];
    expect(items).toHaveLength(3);
    expect(liveDifferences(outcome.truth, told, items, outcome.document, Number.POSITIVE_INFINITY)).toEqual([]);
  });

  it('is reported as the relay says, with the round trip of STUN', () => {
    expectAgreement(outcome, channels(), outcome.reports.call);
  });
});
