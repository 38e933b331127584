import { Meter } from '../../meter/meter.ts';
import type { Format, FormatHint, Path } from '../../meter/options.ts';
import { addressText } from '../../packet/address.ts';
import type { RecordSink } from '../../packet/capture-record.ts';
import type { Datagram } from '../../packet/datagram.ts';
import type { RtcpPacket } from '../../packet/rtcp.ts';
import { InOrder } from './in-order.ts';
import { type EndedCall, type KnownEnds, LiveCalls } from './live-calls.ts';
import { LegKeys } from './live-keys.ts';
import { LiveLeg } from './live-leg.ts';
import { LiveStreams, type Told } from './live-streams.ts';
import type { FollowedLeg, FromMeter, PushedRtcp, ToMeter } from './messages.ts';
import { addressTest } from './networks.ts';
import { formatIn, givePushed } from './on-path.ts';
import { PushedLine } from './pushed-line.ts';
import type { LaneName } from './thread-messages.ts';

export type LiveMeterOptions = KnownEnds & {
  /** Whole seconds that divide a minute. */
  readonly slotSeconds: number;
  readonly say: (message: FromMeter) => void;
  /** Tell of calls that the wire's SIP shows. */
  readonly discover: boolean;
  /**
   * Seconds that packets wait before they are counted, so that a leg begins and ends to the packet although it is told of a
   * little later. Default 0.2.
   */
  readonly lag?: number;
  readonly maximumStreams?: number;
};

const LAG = 0.2;
/** A thousand legs have a third of them. */
const MOST_STREAMS = 32_768;
/** How often what is measured is told, and what is to be looked after each second. Microseconds. */
const TURN = 500_000;
const SECOND = 1_000_000;
/** A stream without a packet for so long is over (an uncontrolled leg is too). Seconds. */
const IDLE = 300;
/** A leg that nobody ends so long after the BYE of its call goes on. Seconds. */
const FAREWELL = 30;
/** Time that runs back further was set back: what comes then is measured as other streams. Microseconds. */
const CLOCK_STEP = 10_000_000;
/** Number of the interface that the reader of several captures tells drops of. */
const ALL_INTERFACES = -1;

/** Measures the legs that it is told of by their packets: records in, what they come to out. No I/O and no clock. */
export class LiveMeter implements RecordSink {
  readonly #options: LiveMeterOptions;
  readonly #meter: Meter;
  readonly #streams: LiveStreams;
  readonly #calls: LiveCalls | undefined;
  readonly #legs = new Map<string, LiveLeg>();
  readonly #lag: number;
  readonly #line: InOrder;
  /** What came later waits, of what was not counted yet. Microseconds. */
  #heldFrom = Number.POSITIVE_INFINITY;
  readonly #rtcp = new PushedLine((leg, compound) => givePushed(this.#meter, leg, compound));
  /** Takes what comes by a capture of its own, measured among the rest by its stamps. */
  readonly signalling: RecordSink = {
    record: (octets, view, start, end, micros, linkType, interfaceId, originalLength) =>
      this.#came('signalling', octets, view, start, end, micros, linkType, interfaceId, originalLength),
  };
  /** The latest time that was seen, when something is to be done next, and when the last things were. Microseconds. */
  #at = 0;
  /** Stamp of the latest packet that was counted, and the latest time of anything. */
  #countedTo = 0;
  #newest = 0;
  #dueAt = Number.NEGATIVE_INFINITY;
  #secondAt = 0;
  #dropped = 0;

  constructor(options: LiveMeterOptions) {
    this.#options = options;
    const { slotSeconds, discover, maximumStreams = MOST_STREAMS, lag = LAG } = options;
    this.#lag = lag * 1e6;
    this.#calls = discover ? new LiveCalls(options, (call) => this.#suspend(call)) : undefined;
    const calls = this.#calls;
    this.#meter = new Meter({
      slotSeconds,
      intervals: true,
      idleSeconds: IDLE,
      maximumStreams,
      keeps: (streamId) => this.#streams.isClaimed(streamId),
      openRtcp: (datagram) => this.#open(datagram),
      onRtcp: (path, packets, micros) => this.#heard(path, packets, micros),
      signalling: {
        message: (message, path) => calls?.message(message, path),
        formatOf: (hint) => this.#formatOf(hint),
        mediaPathOf: (rtcp) => this.#streams.mediaPathOf(rtcp) ?? calls?.mediaPathOf(rtcp),
      },
    });
    this.#streams = new LiveStreams(this.#meter, slotSeconds);
    this.#line = new InOrder({
      record: (octets, view, start, end, micros, linkType, interfaceId, originalLength) =>
        this.#measure(octets, view, start, end, micros, linkType, interfaceId, originalLength),
    });
  }

  record(
    octets: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    micros: number,
    linkType: number,
    interfaceId: number,
    originalLength: number,
  ): void {
    this.#came('media', octets, view, start, end, micros, linkType, interfaceId, originalLength);
  }

  #came(
    lane: LaneName,
    octets: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    micros: number,
    linkType: number,
    interfaceId: number,
    originalLength: number,
  ): void {
    if (micros > this.#newest) this.#newest = micros;
    if (this.#lag === 0) {
      this.#measure(octets, view, start, end, micros, linkType, interfaceId, originalLength);
      return;
    }
    this.#line[lane].take(octets, start, end, micros, linkType, interfaceId, originalLength);
    // A clock that was set back would make what waits wait for as long.
    this.#line.release(micros < this.#at - CLOCK_STEP ? Number.POSITIVE_INFINITY : this.#upTo(micros - this.#lag));
  }

  drops(interfaceId: number, count: number, micros: number): void {
    this.#dropped += count;
    this.#meter.drops(interfaceId, count, micros);
  }

  /** Everything captured before `micros` has come. Called about ten times a second, packets or none. */
  advance(micros: number): void {
    const at = this.#upTo(micros - this.#lag);
    if (micros > this.#newest) this.#newest = micros;
    this.#line.release(at);
    if (at >= this.#dueAt || at < this.#at - CLOCK_STEP) this.#turn(at);
  }

  /** Measures what waits yet, and tells of slots that are open: the capture is over. */
  finish(): void {
    this.#line.release(Number.POSITIVE_INFINITY);
    this.#rtcp.release(Number.POSITIVE_INFINITY);
    this.#turn(this.#at);
    this.#meter.advance(this.#newest);
    this.#streams.splitAll(this.#newest);
    this.#tell(this.#streams.news(this.#at));
  }

  take(message: ToMeter): void {
    switch (message.kind) {
      case 'follow':
        this.#follow(message.leg);
        break;
      case 'release':
        this.#release(message.mediaLegId, message.endedAt);
        this.#options.say({ kind: 'released', ask: message.ask });
        break;
      case 'hold':
        this.#heldFrom = message.at * 1e6;
        break;
      case 'rtcp':
        this.#pushed(message.mediaLegId, message.compounds);
        break;
      case 'taint':
        this.#meter.taint(message.from, message.to, message.taint);
        break;
      case 'dropped':
        this.drops(ALL_INTERFACES, message.count, message.at * 1e6);
        break;
      case 'networks':
        this.#calls?.devices(addressTest(message.networks));
        break;
      case 'look':
        this.#look(message.ask);
        break;
    }
  }

  #upTo(micros: number): number {
    return Math.min(micros, Math.max(this.#heldFrom, this.#at));
  }

  #measure(
    octets: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    micros: number,
    linkType: number,
    interfaceId: number,
    originalLength: number,
  ): void {
    if (micros >= this.#dueAt || micros < this.#at - CLOCK_STEP) this.#turn(micros);
    if (micros > this.#countedTo) this.#countedTo = micros;
    this.#meter.record(octets, view, start, end, micros, linkType, interfaceId, originalLength);
  }

  /** Does what is due before anything that comes at `micros` is counted. */
  #turn(micros: number): void {
    if (micros < this.#at - CLOCK_STEP) this.#step(micros);
    this.#at = Math.max(this.#at, micros);
    this.#rtcp.release(micros);
    for (const leg of this.#legs.values()) {
      const begin = Math.round(leg.startedAt * 1e6);
      if (!leg.isBegun && begin <= micros) this.#begin(leg, begin);
    }
    if (micros - this.#secondAt >= SECOND) {
      this.#secondAt = micros;
      this.#meter.advance(micros);
      this.#tell(this.#streams.news(micros));
      this.#eachSecond(micros / 1e6);
    } else this.#tell(this.#streams.news(micros));
    const begins = [...this.#legs.values()].flatMap((leg) => (leg.isBegun ? [] : Math.round(leg.startedAt * 1e6)));
    this.#dueAt = Math.min(this.#at + TURN, this.#rtcp.next, ...begins);
  }

  /** The clock was set back: seconds that were told already come again, and are those of other streams. */
  #step(micros: number): void {
    this.#meter.taint(micros / 1e6, micros / 1e6 + 1, 'clock-step');
    const told = this.#streams.setBack(micros, this.#at);
    this.#at = micros;
    this.#countedTo = 0;
    this.#newest = micros;
    this.#secondAt = 0;
    this.#tell(told);
  }

  #eachSecond(now: number): void {
    for (const leg of this.#legs.values()) {
      if (leg.farewell !== undefined && now - leg.farewell.at >= FAREWELL) this.#streams.resume(leg);
      this.#streams.count(leg);
      const at = leg.leftAt(now, (stream) => this.#streams.lastOf(stream));
      if (at !== undefined) this.#options.say({ kind: 'bye', mediaLegId: leg.mediaLegId, at });
    }
    for (const call of this.#calls?.news(now) ?? []) this.#options.say({ kind: 'call', call });
  }

  #follow(followed: FollowedLeg): void {
    const known = this.#legs.get(followed.mediaLegId);
    const leg = known ?? new LiveLeg(followed);
    if (known === undefined) this.#legs.set(leg.mediaLegId, leg);
    else this.#streams.replan(leg, followed, this.#countedTo);
    const names = [leg.mediaLegId, ...(followed.control.aliases ?? [])];
    const keys = [...(followed.keys ?? []), ...names.flatMap((name) => this.#calls?.keysOf(name) ?? [])];
    if (keys.length > 0 && leg.keys?.isOf(keys) !== true) leg.keys = new LegKeys(keys);
    const begin = Math.round(leg.startedAt * 1e6);
    if (!leg.isBegun) {
      this.#line.release(this.#upTo(begin));
      if (begin <= this.#at) this.#begin(leg, begin);
      else this.#dueAt = Math.min(this.#dueAt, begin);
    }
    this.#tell(this.#streams.news(this.#at));
  }

  /** `micros` is where the packets are, or before: what was counted already goes by its slots. */
  #begin(leg: LiveLeg, micros: number): void {
    this.#streams.poll();
    this.#streams.begin(leg, micros > this.#countedTo ? micros : this.#countedTo);
    this.#tell(this.#streams.news(this.#at));
  }

  /** The legs of a call that has ended here: by the id of its leg, else by the Call-ID that a gateway told. */
  #suspend({ mediaLegId, callId, endedAt }: EndedCall): void {
    const legs = [...this.#legs.values()];
    const own = this.#legs.get(mediaLegId);
    const named = own === undefined ? legs.filter((leg) => leg.isNamed(callId)) : [own];
    for (const leg of named) this.#streams.suspend(leg, Math.max(Math.round(endedAt * 1e6), this.#countedTo));
  }

  #release(mediaLegId: string, endedAt: number): void {
    const leg = this.#legs.get(mediaLegId);
    if (leg === undefined) return;
    const end = Math.round(endedAt * 1e6);
    this.#line.release(end);
    const seen = Math.min(end, this.#newest);
    if (seen > this.#at) this.#turn(seen);
    this.#rtcp.releaseOf(leg);
    if (seen >= this.#countedTo) this.#meter.advance(seen);
    this.#tell(this.#streams.news(this.#at));
    leg.endedAt = endedAt;
    this.#streams.end(leg, end > this.#countedTo ? end : this.#countedTo);
    this.#tell(this.#streams.news(this.#at));
    this.#legs.delete(mediaLegId);
  }

  #tell(told: ReadonlyMap<LiveLeg, Told>): void {
    for (const [{ mediaLegId }, { streams, intervals }] of told) {
      if (streams.length + intervals.length > 0)
        this.#options.say({ kind: 'measured', mediaLegId, streams, intervals });
    }
  }

  #pushed(mediaLegId: string, compounds: readonly PushedRtcp[]): void {
    const leg = this.#legs.get(mediaLegId);
    if (leg === undefined) return;
    this.#rtcp.take(leg, compounds, this.#newest);
    this.#rtcp.release(this.#newest - this.#lag);
    this.#dueAt = Math.min(this.#dueAt, this.#rtcp.next);
  }

  #formatOf(hint: FormatHint): Format | undefined {
    const claim = this.#streams.claimOf({ ...hint, payloadTypes: [hint.payloadType] });
    const format = claim && formatIn(claim, hint.payloadType);
    return format ?? this.#calls?.formatOf(hint);
  }

  #open(datagram: Datagram): Uint8Array | undefined {
    const { source, destination, sourcePort, destinationPort, addressFamily, octets, start, end } = datagram;
    const found = this.#streams.ofControl({
      source: { address: addressText(source, addressFamily), port: sourcePort },
      destination: { address: addressText(destination, addressFamily), port: destinationPort },
    });
    return found?.leg.keys?.open(found.direction, octets, start, end);
  }

  /** RTCP of a leg came by. */
  #heard(path: Path, packets: readonly RtcpPacket[] | undefined, micros: number): void {
    const found = this.#streams.ofControl(path);
    if (found === undefined) return;
    const { leg, direction } = found;
    leg.counts.now[direction === 'inbound' ? 'rtcpIn' : 'rtcpOut'] += 1;
    leg.passed(micros / 1e6);
    if (packets === undefined) leg.heardUnread(direction);
    else leg.heard(direction, packets, micros / 1e6);
  }

  #look(ask: number): void {
    const { packets, rtpPackets, rtcpPackets, malformed } = this.#meter.look();
    const sight = {
      packets,
      rtpPackets,
      rtcpPackets,
      dropped: this.#dropped,
      malformed,
      unclaimed: this.#streams.unclaimed,
      unassignedPackets: this.#streams.unassigned.packets,
      ...(this.#countedTo === 0 ? {} : { lastPacketAt: this.#countedTo / 1e6 }),
      legs: [...this.#legs.values()].map((leg) => leg.sight()),
    };
    this.#options.say({ kind: 'sight', ask, sight });
  }
}
