import fc from 'fast-check';
import { packets } from 'rtp.js';
import { describe, expect, it } from 'vitest';
import { RtcpReceiverInfo, RtcpRrPacket, RtcpSenderInfo, RtcpSrPacket, RtpHeader, RtpPacket } from 'werift-rtp';
import { readCompound } from '../../src/packet/rtcp.ts';
import { RtpHeader as Header, readRtp } from '../../src/packet/rtp.ts';
import { viewOf } from './wire.ts';

/*
 * Two libraries that others wrote say what is in a packet. Where they err they are not asked: werift-rtp reads the
 * cumulative loss as unsigned, which RFC 3550, 6.4.1 has signed, and rtp.js 0.15 reads its lowest 12 bits only;
 * rtcp.test.ts has all of it.
 */

const word = fc.integer({ min: 0, max: 0xffffffff });
const half = fc.integer({ min: 0, max: 0xffff });
const octet = fc.integer({ min: 0, max: 255 });

const block = fc.record({
  ssrc: word,
  fractionLost: octet,
  packetsLost: fc.integer({ min: 0, max: 0x7fffff }),
  highestSequence: word,
  jitter: word,
  lsr: word,
  dlsr: word,
});
type Block = typeof block extends fc.Arbitrary<infer B> ? B : never;

const blocks = fc.array(block, { maxLength: 31 });
const fewLost = fc.array(
  block.map((one) => ({ ...one, packetsLost: one.packetsLost & 0xfff })),
  { maxLength: 31 },
);

const ours = ({ packetsLost, lsr, dlsr, ...rest }: Block) => ({
  ...rest,
  cumulativeLost: packetsLost,
  lastSenderReport: lsr,
  delaySinceLast: dlsr,
});

const theirs = (list: readonly Block[]) => list.map((one) => new RtcpReceiverInfo(one));

const read = (octets: Uint8Array) => readCompound(octets, viewOf(octets), 0, octets.length);

describe('reports, against werift-rtp and rtp.js', () => {
  it('reads the sender reports that werift-rtp writes', () => {
    fc.assert(
      fc.property(word, word, word, word, word, word, blocks, (ssrc, ntp, fraction, rtp, count, octets, list) => {
        const ntpTimestamp = (BigInt(ntp) << 32n) | BigInt(fraction);
        const senderInfo = new RtcpSenderInfo({
          ntpTimestamp,
          rtpTimestamp: rtp,
          packetCount: count,
          octetCount: octets,
        });
        const written = new RtcpSrPacket({ ssrc, senderInfo, reports: theirs(list) }).serialize();
        expect(read(written)).toMatchObject([
          {
            kind: 'sr',
            ssrc,
            ntpSeconds: ntp,
            ntpFraction: fraction,
            ntpMiddle: Number((ntpTimestamp >> 16n) & 0xffffffffn),
            rtpTimestamp: rtp,
            packetCount: count,
            octetCount: octets,
            blocks: list.map(ours),
          },
        ]);
      }),
    );
  });

  it('reads what rtp.js reads in a compound of receiver report, names and goodbye', () => {
    fc.assert(
      fc.property(word, fewLost, fc.string({ maxLength: 60 }), (ssrc, list, name) => {
        const cname = `${name.replace(/[^ -~]/g, '')}@`;
        const compound = new packets.CompoundPacket();
        compound.addPacket(
          new packets.ReceiverReportPacket(viewOf(new RtcpRrPacket({ ssrc, reports: theirs(list) }).serialize())),
        );
        const description = new packets.SdesPacket();
        const chunk = new packets.SdesChunk();
        chunk.setSsrc(ssrc);
        chunk.addItem(1, cname);
        description.addChunk(chunk);
        compound.addPacket(description);
        const bye = new packets.ByePacket();
        bye.addSsrc(ssrc);
        compound.addPacket(bye);
        const octets = new Uint8Array(compound.getByteLength());
        compound.serialize(octets.buffer);
        const told = compound.getPackets()[0];
        const reports = told instanceof packets.ReceiverReportPacket ? told.getReports() : [];
        const [rr, sdes, goodbye] = read(octets);
        expect(rr).toMatchObject({
          kind: 'rr',
          ssrc,
          blocks: reports.map((one) => ({
            ssrc: one.getSsrc(),
            fractionLost: one.getFractionLost(),
            cumulativeLost: one.getTotalLost(),
            highestSequence: one.getHighestSeqNumber(),
            jitter: one.getJitter(),
            lastSenderReport: one.getLastSRTimestamp(),
            delaySinceLast: one.getDelaySinceLastSR(),
          })),
        });
        expect(reports).toHaveLength(list.length);
        expect(sdes).toMatchObject({ kind: 'sdes', chunks: [{ ssrc, cname }] });
        expect(goodbye).toMatchObject({ kind: 'bye', ssrcs: [ssrc] });
      }),
    );
  });

  it('reads the extended reports that rtp.js writes', () => {
    fc.assert(
      fc.property(
        word,
        word,
        word,
        fc.array(fc.tuple(word, word, word), { maxLength: 8 }),
        (ssrc, ntp, fraction, list) => {
          const report = new packets.XrPacket();
          report.setSsrc(ssrc);
          const time = new packets.RrtExtendedReport();
          time.setNtpSeconds(ntp);
          time.setNtpFraction(fraction);
          report.addReport(time);
          const answers = new packets.DlrrExtendedReport();
          for (const [asked, lrr, dlrr] of list) answers.addSubReport({ ssrc: asked, lrr, dlrr });
          report.addReport(answers);
          const octets = new Uint8Array(report.getByteLength());
          report.serialize(octets.buffer);
          expect(read(octets)).toMatchObject([
            {
              kind: 'xr',
              ssrc,
              blocks: [
                { type: 'rrtr', ntpSeconds: ntp, ntpFraction: fraction },
                {
                  type: 'dlrr',
                  reports: list.map(([asked, lrr, dlrr]) => ({
                    ssrc: asked,
                    lastReceiverReport: lrr,
                    delaySinceLast: dlrr,
                  })),
                },
              ],
            },
          ]);
        },
      ),
    );
  });
});

const header = fc.record({
  marker: fc.boolean(),
  payloadType: fc.integer({ min: 0, max: 127 }),
  sequenceNumber: half,
  timestamp: word,
  ssrc: word,
  csrc: fc.array(word, { maxLength: 15 }),
});

describe('the RTP header, against werift-rtp and rtp.js', () => {
  it('is read as they read it, with CSRCs, extensions and padding', () => {
    const extensions = fc.array(
      fc.record({ id: fc.integer({ min: 1, max: 14 }), payload: fc.uint8Array({ minLength: 1, maxLength: 16 }) }),
      { maxLength: 4 },
    );
    const body = fc.uint8Array({ minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(header, extensions, body, fc.integer({ min: 0, max: 20 }), (fields, list, payload, padding) => {
        const extension = list.length > 0;
        const written = new RtpPacket(
          new RtpHeader({
            ...fields,
            csrcLength: fields.csrc.length,
            extension,
            extensions: list.map(({ id, payload: octets }) => ({ id, payload: Buffer.from(octets) })),
            padding: padding > 0,
            paddingSize: padding,
          }),
          Buffer.from(payload),
        ).serialize();
        const out = new Header();
        expect(readRtp(viewOf(written), 0, written.length, written.length, out)).toBe(true);
        const second = new packets.RtpPacket(viewOf(written));
        expect({ ...out, timestamp: out.timestamp >>> 0, ssrc: out.ssrc >>> 0 }).toEqual({
          marker: second.getMarker(),
          payloadType: second.getPayloadType(),
          sequence: second.getSequenceNumber(),
          timestamp: second.getTimestamp(),
          ssrc: second.getSsrc(),
          csrcCount: second.getCsrcs().length,
          payloadStart: second.getPayload().byteOffset - written.byteOffset,
          payloadLength: payload.length,
          paddingLength: padding,
        });
        expect(second.getPayload().byteLength).toBe(payload.length);
      }),
    );
  });
});
