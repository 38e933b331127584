import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import type { ReportBody } from '../../src/client/shapes.ts';
import { analyzed, type Document } from '../captures/collection.ts';
import { LabAgent } from './agent.ts';
import { liveDifferences, offlineDifferences, reportedDifferences } from './agreement.ts';
import { DEVICE, withLab } from './lab.ts';
import type { RelayTruth } from './relay.ts';
import { channelsOf, identity, impair, relayedChannels } from './scene.ts';
import { GstreamerCall, type Session, sdpOf } from './senders/gstreamer.ts';
import { describeLab } from './tools.ts';

const MEDIA_SECONDS = 10;
const STARTING = 300_000;

/** Two calls at once: one over IPv4, whose ports are told, and one over IPv6, of which nothing but the descriptions is. */
const CALLS = {
  ipv4: [{ media: 'audio', codec: 'pcmu', payloadType: 0, port: 5000, ssrc: 0x1000 }],
  ipv6: [
    { media: 'audio', codec: 'opus', payloadType: 111, port: 5010, ssrc: 0x2000 },
    { media: 'camera', codec: 'vp8', payloadType: 96, port: 5012, ssrc: 0x3000 },
  ],
} as const satisfies Record<string, readonly Session[]>;

/** Where the same frames are captured, and with which tags they are there. */
const PLACES = { gw0: [], tagged0: [7], twice0: [100, 7] } as const;
type Place = keyof typeof PLACES;
const PLACE_NAMES = ['gw0', 'tagged0', 'twice0'] as const satisfies readonly Place[];

type Seen = {
  readonly reports: Readonly<Record<keyof typeof CALLS, ReportBody['quality']>>;
  readonly document: Document;
  /** Of its capture the packets of media: all that are tagged as they are to be there, and those without a tag. */
  readonly media: { readonly tagged: number; readonly plain: number };
};

const MEDIA = '(udp port 5000 or udp port 5010 or udp port 5012)';

/** How many packets of a capture are such (pcap-filter(7)). */
const countOf = (file: string, filter: string): number =>
  execFileSync('tcpdump', ['-n', '-t', '-r', file, filter], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    .split('\n')
    .filter(Boolean).length;

describeLab('frames of more kinds than one', ['gstreamer'], () => {
  let truth: RelayTruth;
  let endedAt: number;
  let seen: Readonly<Record<Place, Seen>>;

  beforeAll(async () => {
    await withLab(41, async (lab) => {
      impair(
        lab,
        { delay: 0.03, jitter: 0.006, loss: 0.03, burst: 2, late: 0.01, by: 0.03, twice: 0.01 },
        { delay: 0.02, jitter: 0.004, loss: 0.02 },
      );
      const between = lab.addIpv6();
      await lab.mirror('tagged0', PLACES.tagged0);
      await lab.mirror('twice0', PLACES.twice0);
      const places = await Promise.all(
        PLACE_NAMES.map(async (name) => ({
          name,
          agent: await LabAgent.start(lab, 'sip: { enabled: false }', { interface: name }),
          sniffer: await lab.sniff(name),
          ids: { ipv4: randomUUID(), ipv6: randomUUID() },
        })),
      );
      const sdp = {
        local: sdpOf(CALLS.ipv6, 'gateway', between.gateway),
        remote: sdpOf(CALLS.ipv6, 'device', between.device),
      };
      for (const { agent, ids } of places) {
        await agent.client.putLeg(ids.ipv4, { ...identity(), channels: channelsOf(CALLS.ipv4) });
        await agent.client.putLeg(ids.ipv6, { ...identity(), sdp });
        // Its device is in no network that is captured without being told.
        await agent.captures('5110-5113');
      }
      const calls = await Promise.all([
        GstreamerCall.start(lab, CALLS.ipv4),
        GstreamerCall.start(lab, CALLS.ipv6, between),
      ]);
      await sleep(MEDIA_SECONDS * 1000);
      await Promise.all(calls.map((call) => call.stop()));
      endedAt = Date.now() / 1000;
      const at = new Date(endedAt * 1000).toISOString();
      await Promise.all(
        places.flatMap(({ agent, ids }) => Object.values(ids).map((id) => agent.client.end(id, { endedAt: at }))),
      );
      await Promise.all(calls.map((call) => call.end()));
      truth = await lab.end();
      const described = [lab.file('gateway.sdp', `${sdp.local}`), lab.file('device.sdp', sdp.remote)].flatMap(
        (file) => ['--sdp', file],
      );
      const all = await Promise.all(
        places.map(async ({ name, agent, sniffer, ids }) => {
          const devices = ['--device', DEVICE, '--device', between.device];
          const capture = await sniffer.stop();
          const { document } = await analyzed([capture], ...devices, ...described);
          const reports = { ipv4: await agent.report(ids.ipv4), ipv6: await agent.report(ids.ipv6) };
          const tags = PLACES[name].map((tag) => `vlan ${tag} and `).join('');
          const media = { tagged: countOf(capture, `${tags}${MEDIA}`), plain: countOf(capture, MEDIA) };
          return [name, { document, reports, media }] as const;
        }),
      );
      seen = Object.fromEntries(all) as Record<Place, Seen>; // made of PLACE_NAMES
    });
  }, STARTING);

  it('are as many in each place, with its tags and without any', () => {
    const all = seen.gw0.media.plain;
    expect(all).toBeGreaterThan(1000);
    expect(seen).toMatchObject({
      gw0: { media: { tagged: all } },
      tagged0: { media: { tagged: all, plain: 0 } },
      twice0: { media: { tagged: all, plain: 0 } },
    });
  });

  it.each(PLACE_NAMES)('are analysed as the relay says, to the packet: %s', (place) => {
    expect(offlineDifferences(truth, seen[place].document)).toEqual([]);
  });

  it.each(PLACE_NAMES.flatMap((place) => (['ipv4', 'ipv6'] as const).map((call) => [place, call] as const)))(
    'are reported as the relay says: %s %s',
    (place, call) => {
      const { reports, document } = seen[place];
      const channels = relayedChannels(truth, CALLS[call], 'rtcp');
      const items = reports[call].mediaQualityList;
      expect({
        relay: reportedDifferences(truth, channels, items, endedAt),
        analysis: liveDifferences(truth, channels, items, document, endedAt),
      }).toEqual({ relay: [], analysis: [] });
    },
  );
});
