import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addressText } from '../../src/packet/address.ts';
import { ENCRYPTED_RTCP, RTCP } from '../../src/packet/demux.ts';
import type { ReportBlock } from '../../src/packet/rtcp-report.ts';
import { Everything } from './everything.ts';

const COLLECTION = '../shared/captures';
const isThere = existsSync(COLLECTION);
const all = process.env['OTHERLEG_TEST_ALL'] === '1';
const describeCollection = describe.skipIf(!isThere && !all);
const because = isThere || all ? '' : ` (no captures in ${COLLECTION})`;

type Stream = {
  src: string;
  sport: number;
  dst: string;
  dport: number;
  ssrc: string;
  packets: number;
  rtsp_channel?: number | null;
};
type ToldBlock = {
  source: string;
  cum_lost: number;
  ext_high_seq: number;
  jitter_ts: number;
  lsr: number;
  dlsr: number;
};
type Truth = {
  file: string;
  frames: number;
  expected_streams: Stream[];
  sip: { messages: number };
  independent: { rtcp: { datagrams: number; not_clean: number; report_blocks: ToldBlock[] } };
};

const readJson = <T>(...path: string[]): T => JSON.parse(readFileSync(join(COLLECTION, ...path), 'utf8'));

const keyOf = ({ src, sport, dst, dport, ssrc }: Stream): string => `${src} ${sport} ${dst} ${dport} ${ssrc}`;

/** Packets by stream, over UDP. */
function measure(file: string) {
  const everything = new Everything();
  const packets = new Map<string, number>();
  everything.onRtp = (header, { source, sourcePort, destination, destinationPort, addressFamily }) => {
    const ssrc = `0x${(header.ssrc >>> 0).toString(16).toUpperCase().padStart(8, '0')}`;
    const [src, dst] = [addressText(source, addressFamily), addressText(destination, addressFamily)];
    const key = `${src} ${sourcePort} ${dst} ${destinationPort} ${ssrc}`;
    packets.set(key, (packets.get(key) ?? 0) + 1);
  };
  return { everything, packets, counters: everything.file(readFileSync(join(COLLECTION, file))) };
}

function expectStreams(packets: ReadonlyMap<string, number>, streams: readonly Stream[]): void {
  const overUdp = streams.filter(({ rtsp_channel }) => typeof rtsp_channel !== 'number');
  for (const stream of overUdp)
    expect([keyOf(stream), packets.get(keyOf(stream))]).toEqual([keyOf(stream), stream.packets]);
}

const told = ({
  ssrc,
  cumulativeLost,
  highestSequence,
  jitter,
  lastSenderReport,
  delaySinceLast,
}: ReportBlock): ToldBlock => ({
  source: `0x${ssrc.toString(16).toUpperCase().padStart(8, '0')}`,
  cum_lost: cumulativeLost,
  ext_high_seq: highestSequence,
  jitter_ts: jitter,
  lsr: lastSenderReport,
  dlsr: delaySinceLast,
});

/** Its RTCP has two octets too many behind, which its reader calls unclean; tshark and we read it. */
const BADLY_PADDED = 'sip-aaa-rtcp.pcap';
/** Captures whose SRTCP the truth leaves out (no RTP beside it), or counts where its counts contradict its length. */
const OTHER_SRTCP = new Set([
  'sip-linphone-call-xr.pcapng',
  'sip-linphone-cancel-xr.pcapng',
  'wa-call-stun.pcapng',
  'neg-toca-boca.pcapng',
]);

describeCollection(`collected captures${because}`, () => {
  const files = isThere ? readdirSync(join(COLLECTION, 'truth')) : ['missing'];
  it.each(files)('%s', (name) => {
    const truth = readJson<Truth>('truth', name);
    const { everything, packets, counters } = measure(join('real', truth.file));
    expect([counters.records, counters.truncated]).toEqual([truth.frames, false]);
    expectStreams(packets, truth.expected_streams);
    expect(everything.sip).toHaveLength(truth.sip.messages);
    const { datagrams, not_clean, report_blocks } = truth.independent.rtcp;
    const unclean = truth.file === BADLY_PADDED ? 0 : not_clean;
    expect(everything.kinds[RTCP]).toBe(datagrams - unclean);
    if (!OTHER_SRTCP.has(truth.file)) expect(everything.kinds[ENCRYPTED_RTCP]).toBe(unclean);
    if (not_clean > 0) return;
    const blocks = everything.rtcp.flatMap((packet) =>
      packet.kind === 'sr' || packet.kind === 'rr' ? packet.blocks : [],
    );
    const expected = report_blocks.map(({ source, cum_lost, ext_high_seq, jitter_ts, lsr, dlsr }) => ({
      source,
      cum_lost,
      ext_high_seq,
      jitter_ts,
      lsr,
      dlsr,
    }));
    expect(blocks.map(told)).toEqual(expected);
  });

  it('wrapped again in every format', () => {
    const derived = readJson<{ file: string; split: string; streams: Stream[] }[]>('derived', 'index.json');
    const ours = derived.filter(({ split }) => split === 'dev');
    expect(ours.length).toBeGreaterThanOrEqual(18);
    for (const { file, streams } of ours) {
      const { packets, counters } = measure(file.replace('dev/', 'derived/'));
      expect([file, counters.truncated]).toEqual([file, file.includes('cut')]);
      expectStreams(packets, streams);
    }
  });
});
