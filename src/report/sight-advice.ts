/** What the capture saw of a leg in the last ten seconds. */
export type Sight = {
  readonly rtpIn: number;
  readonly rtpOut: number;
  readonly rtcpIn: number;
  readonly rtcpOut: number;
  /** Its streams, and those of them whose clock rate is known. */
  readonly streams: number;
  readonly clocksKnown: number;
  /** RTCP that could not be read for want of keys. */
  readonly encryptedRtcp: number;
  readonly srtp: boolean;
};

/** What a leg lacks, and the next step; `blind`: nothing of it is measured. */
export type Advice = { readonly lacks: string; readonly step: string; readonly blind?: true };

type Rule = { readonly when: (sight: Sight) => boolean } & Advice;

const rtp = ({ rtpIn, rtpOut }: Sight): number => rtpIn + rtpOut;
const rtcp = ({ rtcpIn, rtcpOut, encryptedRtcp }: Sight): number => rtcpIn + rtcpOut + encryptedRtcp;

const RULES: readonly Rule[] = [
  {
    when: (sight) => rtp(sight) + rtcp(sight) === 0,
    lacks: 'nothing of it passes here',
    step: 'tell its ports or SDP by PUT, and see that its media pass this host and sources.capture.interface',
    blind: true,
  },
  {
    when: (sight) => rtp(sight) > 0 && sight.rtpIn === 0,
    lacks: 'no media from the device',
    step: 'it may be muted; else see whether its packets take another interface or host',
  },
  {
    when: (sight) => rtp(sight) > 0 && sight.rtpOut === 0,
    lacks: 'no media to the device',
    step: 'see whether they leave by another interface or host',
  },
  {
    when: ({ encryptedRtcp }) => encryptedRtcp > 0,
    lacks: 'its RTCP is encrypted: no outbound loss and jitter, no round trip by reports',
    step: 'tell its keys (SDP a=crypto, or crypto of a channel), or push its RTCP to /v1/legs/{id}/rtcp',
  },
  {
    when: (sight) => rtp(sight) > 0 && sight.rtcpIn === 0 && sight.encryptedRtcp === 0,
    lacks: 'no RTCP from the device: no outbound loss and jitter, no round trip by reports',
    step: 'let the device send RTCP; see that a firewall passes the port above each RTP port',
  },
  {
    when: ({ streams, clocksKnown }) => streams > clocksKnown,
    lacks: 'streams whose clock rate is not known yet: no jitter of them',
    step: 'tell the SDP, or payloadTypes of the channel, by PUT',
  },
];

/** What a leg lacks by what was seen of it, the gravest first; empty if it lacks nothing. */
export const adviceOf = (sight: Sight): readonly Advice[] =>
  RULES.filter(({ when }) => when(sight)).map(({ when: _, ...advice }) => advice);
