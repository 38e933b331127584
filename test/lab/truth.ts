import type { Passage, RelayTruth } from './relay.ts';

/** One SSRC from port to port as the relay saw it come and go. */
export type RelayedStream = {
  readonly way: 'in' | 'out';
  readonly ssrc: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payloadType: number;
  /** In the order in which they came, copies left out. */
  readonly packets: readonly Packet[];
  /** What left, in that order, copies too. */
  readonly left: readonly Packet[];
};

type Packet = {
  /** Sequence number without wraps. */
  readonly number: number;
  readonly timestamp: number;
  readonly receivedAt: number;
  readonly leftAt?: number;
  readonly copy: boolean;
};

/** What a receiver or sniffer can know of a stream. */
export type Counts = {
  readonly packets: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly reordered: number;
};

export function streamsOf({ passages }: RelayTruth): readonly RelayedStream[] {
  const rtp = passages.filter(({ kind }) => kind === 'rtp');
  const key = ({ way, ssrc, sourcePort, destinationPort }: Passage) =>
    `${way} ${ssrc} ${sourcePort} ${destinationPort}`;
  return [...Map.groupBy(rtp, key).values()].map(streamOf);
}

function streamOf(passages: readonly Passage[]): RelayedStream {
  const [first] = passages;
  if (first === undefined) throw new TypeError('a stream has packets');
  const { way, ssrc, sourcePort, destinationPort, type } = first;
  let highest = first.number;
  const all = passages.map((passage): Packet => {
    const { timestamp, receivedAt, leftAt, copy } = passage;
    const number = highest + (((passage.number - highest) << 16) >> 16);
    highest = Math.max(highest, number);
    return { number, timestamp, receivedAt, copy, ...(leftAt === undefined ? {} : { leftAt }) };
  });
  return {
    way,
    ssrc,
    sourcePort,
    destinationPort,
    payloadType: type,
    packets: all.filter(({ copy }) => !copy),
    left: all.filter(({ leftAt }) => leftAt !== undefined).toSorted((a, b) => (a.leftAt ?? 0) - (b.leftAt ?? 0)),
  };
}

/**
 * What can be known of a stream at the gateway: the device's has come through the relay, its own not yet. Only what
 * passed the gateway within the time counts. Epoch seconds.
 */
export function seenAtGateway(stream: RelayedStream, from = 0, to = Number.POSITIVE_INFINITY): Counts {
  const passed = stream.way === 'in' ? stream.left : stream.packets;
  return counts(passed.filter((packet) => atGateway(stream, packet) >= from && atGateway(stream, packet) <= to));
}

const atGateway = ({ way }: RelayedStream, { leftAt, receivedAt }: Packet): number =>
  way === 'in' ? (leftAt ?? 0) : receivedAt;

/** What the receiver behind the relay had of a stream at a time. Epoch seconds. */
export const atReceiver = ({ left }: RelayedStream, at: number): Counts =>
  counts(left.filter(({ leftAt = 0 }) => leftAt <= at));

/** Of packets in the order in which they were seen. */
function counts(seen: readonly Packet[]): Counts {
  const numbers = new Set(seen.map(({ number }) => number));
  const packets = numbers.size;
  const span = packets === 0 ? 0 : Math.max(...numbers) - Math.min(...numbers) + 1;
  let highest = Number.NEGATIVE_INFINITY;
  let reordered = 0;
  for (const { number, copy } of seen) {
    if (!copy && number < highest) reordered += 1;
    highest = Math.max(highest, number);
  }
  return { packets, lost: span - packets, duplicates: seen.length - packets, reordered };
}

/** RFC 3550, A.8, over all packets where they left the relay. Seconds. */
export function jitterOf({ left }: RelayedStream, clockRate: number): { readonly mean: number; readonly most: number } {
  let jitter = 0;
  const values = left.slice(1).map(({ timestamp, leftAt = 0 }, index) => {
    const { timestamp: before = 0, leftAt: leftBefore = 0 } = left[index] ?? {};
    const sent = ((timestamp - before) | 0) / clockRate;
    jitter += (Math.abs(leftAt - leftBefore - sent) - jitter) / 16;
    return jitter;
  });
  return { mean: mean(values), most: Math.max(...values) };
}

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;

/**
 * The round trips that the device's reports tell of one transport: the delay of the newest sender report that had
 * reached it and that of the report itself. Seconds, one for each report that came back.
 */
export function roundTrips({ passages }: RelayTruth, devicePort: number): readonly number[] {
  const sent = rtcp(passages, 'out').filter(
    ({ destinationPort, type }) => destinationPort === devicePort && type === SENDER_REPORT,
  );
  return rtcp(passages, 'in').flatMap((report) => {
    if (report.sourcePort !== devicePort || !isReport(report)) return [];
    const answered = sent.findLast(({ leftAt = Number.POSITIVE_INFINITY }) => leftAt <= report.receivedAt);
    return answered === undefined ? [] : [delayOf(answered) + delayOf(report)];
  });
}

/** When the device sent reports from a port, of those that were back by then. Epoch seconds. */
export const reportTimes = ({ passages }: RelayTruth, devicePort: number, until: number): readonly number[] =>
  rtcp(passages, 'in').flatMap((report) => {
    const { sourcePort, receivedAt, leftAt = Number.POSITIVE_INFINITY } = report;
    return sourcePort === devicePort && isReport(report) && leftAt <= until ? [receivedAt] : [];
  });

/** Whether it has report blocks. */
const isReport = ({ type, number }: Passage): boolean =>
  (type === SENDER_REPORT || type === RECEIVER_REPORT) && number > 0;

/** RTCP that arrived. */
const rtcp = (passages: readonly Passage[], side: Passage['way']): readonly Passage[] =>
  passages.filter(({ kind, way, leftAt }) => kind === 'rtcp' && way === side && leftAt !== undefined);

const SIP = 5060;

/** When the device's last SIP message was at the gateway: its BYE, after a call that it ended. Epoch seconds. */
export const signalledEnd = ({ passages }: RelayTruth): number =>
  passages.findLast(
    ({ way, destinationPort, leftAt }) => way === 'in' && destinationPort === SIP && leftAt !== undefined,
  )?.leftAt ?? Number.NaN;

/** When the SIP messages of a side were at the gateway: of the device's those that arrived. Epoch seconds. */
export const signalledTimes = ({ passages }: RelayTruth, side: Passage['way']): readonly number[] =>
  passages
    .filter(({ way, sourcePort }) => way === side && sourcePort === SIP)
    .flatMap(({ receivedAt, leftAt }) => (side === 'out' ? receivedAt : (leftAt ?? [])));

const BINDING_REQUEST = 0x0001;
const BINDING_RESPONSE = 0x0101;

/** The round trips of the gateway's own STUN requests. Seconds. */
export function bindingTrips({ passages }: RelayTruth): readonly number[] {
  const stun = passages.filter(({ kind }) => kind === 'stun');
  const responses = stun.filter(({ way, type }) => way === 'in' && type === BINDING_RESPONSE);
  return stun.flatMap((request) => {
    if (request.way !== 'out' || request.type !== BINDING_REQUEST) return [];
    const response = responses.find(({ ssrc }) => ssrc === request.ssrc);
    return response === undefined ? [] : [delayOf(request) + delayOf(response)];
  });
}

const delayOf = ({ receivedAt, leftAt = Number.NaN }: Passage): number => leftAt - receivedAt;

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
