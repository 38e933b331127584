import type { ChannelId } from '../model/channel.ts';
import type { ChannelSummary } from '../model/figures.ts';
import type { Interval, Presence, Stream } from '../model/interval.ts';
import type { Channel, Leg } from '../model/leg.ts';
import { summarize } from '../quality/summary.ts';
import { type QualityDraft, qualityDraft } from './quality-report.ts';

/** A leg that a capture shows. Times in seconds since the epoch. */
export type CapturedLeg = {
  readonly mediaLegId: string;
  readonly callId?: string;
  readonly device: { readonly address: string; readonly uri?: string; readonly name?: string };
  readonly startedAt: number;
  readonly endedAt: number;
  readonly channels: readonly Channel[];
  readonly streams: readonly Stream[];
  readonly intervals: readonly Interval[];
  /** The channel of each stream, by streamId. */
  readonly assignment: ReadonlyMap<string, ChannelId>;
};

/** A leg as an analysis shows it: the report that would be sent, and the figures behind it with what is absent and why. */
export type AnalysedLeg = {
  /** Address of the device. */
  readonly device: string;
  readonly deviceName: string;
  readonly callId?: string;
  readonly report: QualityDraft;
  readonly channels: readonly ChannelSummary[];
};

/** What an agent would have reported of this leg. No call or participant is known offline, so the report has none. */
export function analysedLeg(captured: CapturedLeg): AnalysedLeg {
  const leg = legOf(captured);
  const presence = captured.channels.flatMap((channel) => presenceOf(captured, channel));
  const { mediaLegId, streams, intervals, channels, assignment } = captured;
  const summaries = summarize({ series: { mediaLegId, streams, intervals, presence }, assignment, channels });
  return {
    device: captured.device.address,
    deviceName: leg.device.name,
    ...(captured.callId === undefined ? {} : { callId: captured.callId }),
    report: qualityDraft(leg, summaries, { addresses: 'full', pacedJitter: 'send' }),
    channels: summaries,
  };
}

function legOf({ mediaLegId, device, startedAt, endedAt, channels }: CapturedLeg): Leg {
  const { address, uri, name = 'unknown device' } = device;
  return {
    mediaLegId,
    revision: 0,
    owner: '',
    state: 'ended',
    control: { deviceAddress: address, ...(uri === undefined ? {} : { deviceUri: uri }) },
    device: { name, description: uri ?? address },
    channels,
    earlierIdentifiers: [],
    startedAt,
    endedAt,
    delivery: { state: 'none' },
  };
}

/**
 * The enabled time of a channel: in the slots of the intervals, and as one piece in each gap between them, so that a
 * capture may claim to last for years. A file is observed from its begin to its end.
 */
function presenceOf({ mediaLegId, startedAt, endedAt, intervals }: CapturedLeg, channel: Channel): readonly Presence[] {
  const slots = new Map(intervals.map((interval) => [interval.startedAt, interval.seconds]));
  const presence: Presence[] = [];
  const put = (from: number, to: number): void => {
    const enabledSeconds = enabledBetween(channel, Math.max(from, startedAt), Math.min(to, endedAt));
    if (enabledSeconds <= 0) return;
    const both = { inbound: enabledSeconds, outbound: enabledSeconds };
    const { media, channelIndex } = channel;
    const silentSeconds = { inbound: 0, outbound: 0 };
    const id = { mediaLegId, media, channelIndex };
    presence.push({ ...id, startedAt: from, seconds: to - from, enabledSeconds, observedSeconds: both, silentSeconds });
  };
  let at = Math.min(startedAt, ...slots.keys());
  for (const [from, seconds] of [...slots].toSorted(([a], [b]) => a - b)) {
    if (from > at) put(at, from);
    put(from, from + seconds);
    at = Math.max(at, from + seconds);
  }
  if (endedAt > at) put(at, endedAt);
  return presence;
}

function enabledBetween({ spells }: Channel, from: number, to: number): number {
  let seconds = 0;
  for (const spell of spells) seconds += Math.max(0, Math.min(to, spell.to ?? to) - Math.max(from, spell.from));
  return seconds;
}
