import { intervalOf, streamOf } from '../meter/currency.ts';
import { type EraOf, KeptIntervals, type Wanted } from '../meter/kept-intervals.ts';
import type { MeasuredStream, MeterResult } from '../meter/measured.ts';
import { Meter } from '../meter/meter.ts';
import { pathOf } from '../meter/path.ts';
import type { ChannelId, Direction } from '../model/channel.ts';
import type { Analysis } from '../report/analysis.ts';
import { type AnalysedLeg, analysedLeg } from '../report/analysis-leg.ts';
import { type LegOutline, type LegStream, legOfCall, streamsBySocket } from '../session/captured-leg.ts';
import { mediaByCodec } from '../session/codec-media.ts';
import { describedLines } from '../session/described-line.ts';
import { deviceSides } from '../session/device-side.ts';
import { REPORT_REACH, withoutHeld } from '../session/held-loss.ts';
import { type Described, SipSignalling } from '../session/sip-signalling.ts';
import { unsignalledLegs } from '../session/unsignalled-legs.ts';
import type { CaptureInput } from './capture-input.ts';
import { type Damage, readCaptures } from './read-captures.ts';

/** What is known beside the capture. */
export type Beside = {
  readonly described: Described;
  readonly clocks: ReadonlyMap<number, number>;
  readonly isDevice?: (address: string) => boolean;
};

/** Pieces read between two looks at what closed: what waits for long costs the garbage collector more than the look. */
const PIECES = 16;

/** Addresses whose RTCP could not be read; beyond it nobody has so many calls. */
const MOST_UNREAD = 50_000;

/** Seconds: what a meter gives, as in the agent, and what is kept of it: legs of any length fit into memory. */
const SLOT = { measured: 5, kept: 60 };

const NO_CALLS: readonly number[] = [];

/** Reads captures to their end and says what they hold. Throws CAPTURE_UNREADABLE. */
export async function analyze(
  inputs: readonly CaptureInput[],
  beside: Beside,
): Promise<{ readonly analysis: Analysis; readonly damages: readonly Damage[] }> {
  const { clocks, isDevice, described } = beside;
  const signalling = new SipSignalling(described);
  const eraOf: EraOf = (path, at) => signalling.eraOf(path, at, REPORT_REACH);
  const wanted: Wanted = (path, from, to) => {
    const calls = signalling.callsUp(path, from, to);
    const { source, destination } = path;
    if (calls !== undefined) return calls.length === 0 ? undefined : calls;
    return isDevice?.(source.address) || isDevice?.(destination.address) ? NO_CALLS : undefined;
  };
  const kept = new KeptIntervals(SLOT.kept, wanted, eraOf);
  const unread = new Set<string>();
  const meter = new Meter({
    slotSeconds: SLOT.measured,
    clocks,
    signalling,
    intervals: true,
    onPause: (streamId, from, to) => kept.paused(streamId, from, to),
    openRtcp: (datagram) => signalling.openRtcp(pathOf(datagram), datagram.octets, datagram.start, datagram.end),
    onUnreadRtcp: ({ source }) => {
      if (unread.size < MOST_UNREAD) unread.add(source.address);
    },
  });
  // A leg's figures begin and end with the packet.
  signalling.onTurn = (sockets, at) => meter.part(sockets, Math.round(at * 1e6));
  let pieces = 0;
  const damages = await readCaptures(inputs, meter, () => {
    pieces += 1;
    if (pieces % PIECES === 0) meter.giveTo(kept);
  });
  const finished = meter.finish(kept);
  const result = { ...finished, streams: finished.streams.map(withMedia) };
  const legs = legsOf(result, { kept, signalling, unread, isDevice, described });
  const { firstAt, lastAt, ...counted } = result.capture;
  const span = { ...(firstAt === undefined ? {} : { firstAt }), ...(lastAt === undefined ? {} : { lastAt }) };
  const capture = { ...counted, ...span, truncated: damages.length > 0 };
  return { analysis: { capture, streams: result.streams, legs }, damages };
}

/** Where nobody signalled what a stream is, its codec and clock rate tell. */
function withMedia(stream: MeasuredStream): MeasuredStream {
  const media = stream.media === undefined ? mediaByCodec(stream.codec, stream.clockRate) : undefined;
  return media === undefined ? stream : { ...stream, media };
}

type Seen = {
  readonly described: Described;
  readonly isDevice: Beside['isDevice'] | undefined;
  readonly kept: KeptIntervals;
  readonly signalling: SipSignalling;
  /** Addresses whose RTCP could not be read. */
  readonly unread: ReadonlySet<string>;
};

function legsOf({ capture, streams: measured }: MeterResult, seen: Seen): readonly AnalysedLeg[] {
  const { kept, signalling, isDevice, described } = seen;
  if (capture.firstAt === undefined || capture.lastAt === undefined) return [];
  const span = { from: capture.firstAt, to: capture.lastAt };
  const streams = measured.map((stream): LegStream => ({ ...stream, active: kept.activeOf(stream.streamId) }));
  const at = streamsBySocket(streams);
  const signalled = [...deviceSides(signalling.calls(), { isDevice })].flatMap(([call, side]) => {
    const outline = legOfCall(call, side, at, span);
    return outline === undefined ? [] : [{ ...outline, call: call.answeredAt ?? 0 }];
  });
  const taken = new Set(signalled.flatMap(({ places }) => [...places.keys()]));
  const lineOf = describedLines(described);
  const others = streams
    .filter(({ streamId }) => !taken.has(streamId))
    .map((stream): LegStream => ({ ...stream, ...lineOf(stream) }));
  const outlines = isDevice === undefined ? signalled : [...signalled, ...unsignalledLegs(others, isDevice)];
  const byId = new Map(measured.map((stream) => [stream.streamId, stream]));
  return outlines.map((outline) => legBy(outline, byId, seen));
}

/** The leg with the series of its streams. */
function legBy(
  outline: LegOutline & { readonly call?: number },
  measured: ReadonlyMap<string, MeasuredStream>,
  { kept, unread }: Seen,
): AnalysedLeg {
  const { places, mediaLegId, call, channels, startedAt, endedAt } = outline;
  const life = { from: startedAt, to: endedAt };
  const assignment = new Map<string, ChannelId>();
  const own = [...places].flatMap(([streamId, { direction, channel }]) => {
    const stream = measured.get(streamId);
    if (stream === undefined || channel === undefined || stream.repair === true) return [];
    assignment.set(streamId, channel);
    return [{ stream, direction, channel }];
  });
  const isUnread = own.some(({ stream, direction }) =>
    unread.has((direction === 'inbound' ? stream.source : stream.destination).address),
  );
  return analysedLeg({
    ...outline,
    streams: successions(own).map(({ stream, direction, continues }) => ({
      ...streamOf(stream, mediaLegId, direction),
      ...(continues === undefined ? {} : { continues }),
      ...(isUnread ? { reportsEncrypted: true } : {}),
    })),
    intervals: own.flatMap(({ stream, direction, channel }) => {
      const spells = channels.find((one) => isSame(one, channel) && one.told !== 'media')?.spells ?? [];
      return kept
        .intervalsOf(stream.streamId, call)
        .map((one) => withoutHeld(intervalOf(one, direction), one.span, { spells, direction, life }));
    }),
    assignment,
  });
}

const isSame = (a: ChannelId, b: ChannelId): boolean => a.media === b.media && a.channelIndex === b.channelIndex;

type Placed = { readonly stream: MeasuredStream; readonly direction: Direction; readonly channel: ChannelId };

/** A stream that begins where another one of its channel has ended goes on from it: their frames add up. */
function successions(own: readonly Placed[]): readonly (Placed & { readonly continues?: string })[] {
  return own.map((placed) => {
    const { stream, direction, channel } = placed;
    const before = own
      .filter((one) => one.direction === direction && one.channel.media === channel.media)
      .filter((one) => one.channel.channelIndex === channel.channelIndex && one.stream.lastAt <= stream.firstAt)
      .toSorted((a, b) => a.stream.lastAt - b.stream.lastAt)
      .at(-1);
    return before === undefined ? placed : { ...placed, continues: before.stream.streamId };
  });
}
