import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { GatewayProcess } from '../../src/demo/gateway-process.ts';
import type { NamedStream } from '../../src/demo/messages.ts';
import { Relay } from '../../src/demo/relay.ts';
import type { PacketCount, RelayedStream } from '../../src/demo/relayed-stream.ts';
import { type Truth, truthOf } from '../../src/demo/truth.ts';
import { FakeAgent } from '../client/fake-agent.ts';

const SECONDS = 8;
const now = (): number => (performance.timeOrigin + performance.now()) / 1000;

type Entry = Readonly<Record<string, unknown>> & { readonly type: string };

const mediaLegId = randomUUID();
let agent: FakeAgent;
let relay: Relay;
let gateway: GatewayProcess;
let streams: readonly NamedStream[];
let truth: Truth;
let endedWith: unknown;
let lastSampleAt: number;
let last: readonly Entry[];

const sampled = () => agent.bodies('POST', '/stats');

const ssrcOf = (media: string, direction: string): number | undefined =>
  streams.find((stream) => stream.media === media && stream.direction === direction)?.ssrc;

const numbers = (type: string, ssrc: number | undefined, ...names: readonly string[]): number[] => {
  const entry = last.find((candidate) => candidate.type === type && candidate['ssrc'] === ssrc);
  return names.map((name) => Number(entry?.[name]));
};

// One real call for all tests: room device and gateway with real media over the relay, the gateway watched by our library.
beforeAll(async () => {
  agent = await new FakeAgent().up();
  relay = await Relay.open({ loss: 0.03, delaySeconds: 0.04, jitterSeconds: 0.003, seed: 3 }, now);
  gateway = new GatewayProcess(new AbortController().signal);
  const [described, connected] = [gateway.next('described'), gateway.next('connected')];
  gateway.tell({ kind: 'start', agent: agent.url, relay: relay.ports, leg: { mediaLegId }, intervalSeconds: 1 });
  const { peers, streams: named } = await described;
  streams = named;
  for (const { direction, ssrc, clockRate } of named) relay.path(direction).stream(ssrc).jitter.clockRate = clockRate;
  relay.connect(peers);
  await connected;
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
  // On a busy machine some come late.
  await vi.waitFor(() => expect(sampled().length).toBeGreaterThanOrEqual(SECONDS), { timeout: 40_000 });
  gateway.tell({ kind: 'end' });
  const ended = await gateway.next('ended');
  endedWith = ended.answer;
  truth = truthOf(relay, streams, ended.lastSampleAt);
  lastSampleAt = ended.lastSampleAt;
  const sample = sampled().at(-1);
  last = sample?.['stats'] as Entry[]; // what our own library posted
}, 120_000);

afterAll(async () => {
  await gateway?.stop();
  relay?.close();
  await agent?.down();
});

test('the agent is told of three channels by their mids, and of the descriptions', () => {
  const [begin] = agent.bodies('PUT', mediaLegId);
  expect(begin).toMatchObject({
    channels: [
      { media: 'audio', channelIndex: 1, mid: '0', direction: 'sendrecv' },
      { media: 'video', channelIndex: 1, mid: '1', direction: 'sendrecv' },
      { media: 'screenSharing', channelIndex: 1, mid: '2', direction: 'sendrecv' },
    ],
    sdp: { local: expect.stringContaining('a=rtpmap:111 opus/48000/2'), remote: expect.any(String) },
  });
  expect(JSON.stringify(begin)).not.toMatch(/ice-pwd|fingerprint|candidate/);
});

test('samples come every second, slim, and the leg is ended', () => {
  expect(sampled().length).toBeGreaterThanOrEqual(SECONDS);
  expect(endedWith).toMatchObject({ mediaLegId });
  const kinds = Map.groupBy(last, ({ type }) => type);
  expect(Object.fromEntries([...kinds].map(([type, entries]) => [type, entries.length]))).toMatchObject({
    'inbound-rtp': 3,
    'outbound-rtp': 3,
    'remote-inbound-rtp': 3,
    'candidate-pair': 1,
    'local-candidate': 1,
    'remote-candidate': 1,
    transport: 1,
  });
  expect(kinds.get('codec')?.length).toBeLessThanOrEqual(6);
  expect(kinds.has('media-source')).toBe(false);
});

test('the only way between the peers is the relay', () => {
  expect(last.find(({ type }) => type === 'remote-candidate')?.['port']).toBe(relay.ports.forGateway.port);
});

/**
 * What the relay had counted at that of the last moments before the last sample which fits best: a peer that has to wait for
 * the processor has not read all that left the relay until then.
 */
function countOf(stream: RelayedStream, packets: number): PacketCount {
  const counts = Array.from({ length: 300 }, (_, n) => stream.countAt(lastSampleAt - n / 100));
  const away = (count: PacketCount): number => Math.abs(count.packets - packets);
  return counts.reduce((best, count) => (away(count) < away(best) ? count : best));
}

/** How many packets may have left the relay that nobody has read yet, or nobody ever will: more where this machine is busy with other tests. */
const onTheWay = (packets: number): number => 4 + Math.ceil((2 * truth.longestStallSeconds * packets) / SECONDS);

const tripsIn = (stats: readonly Entry[], ssrc: number | undefined): number[] =>
  stats
    .filter((entry) => entry.type === 'remote-inbound-rtp' && entry['ssrc'] === ssrc)
    .flatMap(({ roundTripTime }) => (typeof roundTripTime === 'number' && roundTripTime > 0 ? [roundTripTime] : []));

describe.each(['audio', 'video', 'screenSharing'] as const)('%s', (media) => {
  const of = () => {
    const channel = truth.channels.find((candidate) => candidate.media === media);
    if (channel === undefined) throw new Error(`the relay knows no ${media}`);
    return channel;
  };

  test('inbound: the relay counted what the gateway received and lost, to the packet but for those just coming', () => {
    const ssrc = ssrcOf(media, 'inbound') ?? Number.NaN;
    const [received = 0, missing = 0] = numbers('inbound-rtp', ssrc, 'packetsReceived', 'packetsLost');
    const { packets, lost } = countOf(relay.inbound.stream(ssrc), received + missing);
    expect(packets).toBeGreaterThan(50);
    // Jitter lets some packets overtake others, and sockets drop what comes while nobody reads them for long.
    const late = onTheWay(packets);
    expect(Math.abs(received + missing - packets)).toBeLessThanOrEqual(late);
    expect(Math.abs(missing - lost)).toBeLessThanOrEqual(Math.ceil(late / 2));
  });

  test("outbound: the device's last report knows what the relay says it can know", () => {
    const { untilLastReport } = of().outbound;
    const [missing = 0] = numbers('remote-inbound-rtp', ssrcOf(media, 'outbound'), 'packetsLost');
    expect(untilLastReport.packets).toBeGreaterThan(20);
    expect(Math.abs(missing - untilLastReport.lost)).toBeLessThanOrEqual(
      Math.ceil(onTheWay(untilLastReport.packets) / 5),
    );
  });

  test('the round trip is about twice the delay', () => {
    const { averageSeconds = 0, samples } = of().roundTrip;
    expect(samples).toBeGreaterThanOrEqual(1);
    expect(averageSeconds).toBeGreaterThan(0.07);
    const [sum = 0, count = 0] = numbers(
      'remote-inbound-rtp',
      ssrcOf(media, 'outbound'),
      'totalRoundTripTime',
      'roundTripTimeMeasurements',
    );
    expect(sum / count - averageSeconds).toBeGreaterThan(-0.005);
    // A busy machine makes the peers late too, which the relay does not see, but hardly for each of the reports; and on its
    // way around each is read four times, every time as late as the relay itself may read.
    const trips = sampled().flatMap(({ stats }) => tripsIn(stats as Entry[], ssrcOf(media, 'outbound')));
    expect(Math.min(...trips)).toBeGreaterThan(0.07);
    expect(Math.min(...trips)).toBeLessThan(0.13 + 4 * truth.longestStallSeconds);
  });
});

test('jitter that the relay adds to audio is there', () => {
  const [audio] = truth.channels;
  expect(audio?.inbound.jitter.averageSeconds).toBeGreaterThan(0.001);
  // Of what leaves a relay that stood still some comes later by as much, and the next ones all at once.
  expect(audio?.inbound.jitter.averageSeconds).toBeLessThan(0.03 + truth.longestStallSeconds);
});

describe('its process', () => {
  test('ends when told, more than once if need be', async () => {
    await gateway.stop();
    await gateway.stop();
    // What it was in trouble with before, such as an answer that came late, is told first.
    const reason = gateway.troubles.at(-1) ?? 'exit code 0';
    await expect(gateway.gone).rejects.toThrow(`the gateway process ended: ${reason}`);
  });

  test('that cannot do what it is told says why', async () => {
    const other = new GatewayProcess(new AbortController().signal);
    const nowhere = { address: 'nowhere', port: 0 };
    other.tell({
      kind: 'start',
      agent: 'not an address',
      relay: { forDevice: nowhere, forGateway: nowhere },
      leg: { mediaLegId },
      intervalSeconds: 1,
    });
    await expect(other.next('connected')).rejects.toThrow(/^the gateway process ended: (?!exit code)/);
  });

  test('is waited for no longer when interrupted', async () => {
    const interrupt = new AbortController();
    const other = new GatewayProcess(interrupt.signal);
    const awaited = other.next('connected');
    interrupt.abort();
    await expect(awaited).rejects.toThrow('interrupted');
    await other.stop();
  });
});
