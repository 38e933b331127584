import { matchSession } from '../../src/correlate/matching.ts';
import { gradeTeamsLeg } from '../../src/correlate/teams-leg.ts';
import { verdictOf } from '../../src/correlate/verdict.ts';
import type { RecordState } from '../../src/correlate/verdict-input.ts';
import { gradeVtcLeg, type MeasuredLeg } from '../../src/correlate/vtc-leg.ts';
import type { CallEndpoint, CallRecord, CallSession, CallStream } from '../../src/model/call-record.ts';
import type { ChannelId, Direction, Media } from '../../src/model/channel.ts';
import type { Interval, Presence, Series, Stream } from '../../src/model/interval.ts';
import type { Channel } from '../../src/model/leg.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { summarize } from '../../src/quality/summary.ts';

/** 2026-01-15T10:00:00Z */
export const BEGIN = 1_768_471_200;
const SLOT = 5;
const RATE: Readonly<Record<Media, number>> = { audio: 50, video: 300, screenSharing: 60 };
export const MEDIA: readonly Media[] = ['audio', 'video', 'screenSharing'];
const directions: readonly Direction[] = ['inbound', 'outbound'];

/** What is wrong with one media in one direction, from `from` to `to` seconds of the call. Ratio, seconds, pictures/s. */
export type Fault = {
  readonly loss?: number;
  readonly jitter?: number;
  readonly roundTrip?: number;
  readonly frameRate?: number;
  readonly silent?: true;
  readonly blind?: true;
  readonly from?: number;
  readonly to?: number;
};

export type Faults = Partial<Record<`${Media} ${Direction}`, Fault>>;

/** Our leg of a call of `minutes`, slot by slot, with its faults. */
export function vtcLeg(faults: Faults = {}, minutes = 10): MeasuredLeg {
  const channels = MEDIA.map(
    (media): Channel => ({
      media,
      channelIndex: 1,
      told: 'sdp',
      spells: [{ from: BEGIN, to: BEGIN + 60 * minutes, direction: 'sendrecv' }],
    }),
  );
  const streams = MEDIA.flatMap((media) => directions.map((direction) => streamOf(media, direction)));
  const starts = Array.from({ length: (60 * minutes) / SLOT }, (_, slot) => BEGIN + SLOT * slot);
  const intervals = MEDIA.flatMap((media) =>
    directions.flatMap((direction) =>
      starts.flatMap((startedAt) => intervalOf(media, direction, startedAt, faults[`${media} ${direction}`])),
    ),
  );
  const presence = MEDIA.flatMap((media) => starts.map((startedAt) => presenceOf(media, startedAt, faults)));
  const assignment = new Map(
    MEDIA.flatMap((media) => directions.map((d): [string, ChannelId] => [`${media} ${d}`, { media, channelIndex: 1 }])),
  );
  const series: Series = { mediaLegId: 'leg', streams, intervals, presence };
  return { channels: summarize({ series, assignment, channels }), series, assignment };
}

const streamOf = (media: Media, direction: Direction): Stream => ({
  streamId: `${media} ${direction}`,
  mediaLegId: 'leg',
  source: 'capture',
  direction,
});

/** The fault, if it holds in this slot. */
function faultAt(fault: Fault | undefined, startedAt: number): Fault | undefined {
  const second = startedAt - BEGIN;
  return fault !== undefined && second >= (fault.from ?? 0) && second < (fault.to ?? Number.POSITIVE_INFINITY)
    ? fault
    : undefined;
}

function intervalOf(
  media: Media,
  direction: Direction,
  startedAt: number,
  told: Fault | undefined,
): readonly Interval[] {
  const fault = faultAt(told, startedAt);
  if (fault?.silent === true) return [];
  const of = RATE[media] * SLOT;
  const lost = of * (fault?.loss ?? 0);
  const origin = direction === 'inbound' ? 'observed' : 'reported';
  const at = startedAt + SLOT;
  const frame = { streamId: `${media} ${direction}`, startedAt, seconds: SLOT };
  if (fault?.blind === true) return [{ ...frame, coveredSeconds: 0, taint: 'capture-dropped', packets: of * 0.8 }];
  const jitter = fault?.jitter ?? 0.002;
  const trip = fault?.roundTrip ?? 0.04;
  return [
    {
      ...frame,
      coveredSeconds: SLOT,
      packets: of - lost,
      octets: (of - lost) * 200,
      frames: (fault?.frameRate ?? 30) * SLOT,
      loss: { origin, lost, of, unit: 'packets', worst: { value: lost / of, at, windowSeconds: SLOT } },
      jitter: { origin, sum: jitter * SLOT, count: SLOT, worst: { value: jitter, at } },
      roundTrip: { 'sr-rr': { origin: 'observed', sum: trip, count: 1, worst: { value: trip, at } } },
    },
  ];
}

function presenceOf(media: Media, startedAt: number, faults: Faults): Presence {
  const seconds = (value: (fault: Fault | undefined) => number): Record<Direction, number> => ({
    inbound: value(faultAt(faults[`${media} inbound`], startedAt)),
    outbound: value(faultAt(faults[`${media} outbound`], startedAt)),
  });
  return {
    mediaLegId: 'leg',
    media,
    channelIndex: 1,
    startedAt,
    seconds: SLOT,
    enabledSeconds: SLOT,
    observedSeconds: seconds((fault) => (fault?.blind === true ? 0 : SLOT)),
    silentSeconds: seconds((fault) => (fault?.silent === true ? SLOT : 0)),
  };
}

const LABELS: Readonly<Record<Media, string>> = {
  audio: 'main-audio',
  video: 'main-video',
  screenSharing: 'applicationsharing-video',
};

const NOBODY: CallEndpoint = { kind: 'participant', applicationIds: [], identities: [] };
export const BOT_ID = '7a3b1c00-0000-4000-8000-00000000b071';
export const PARTICIPANT = '11111111-2222-4333-8444-555555555555';

/** The bot's session with Teams; `faults` in the directions of the room, as for our own leg. */
export function teamsSession(
  faults: Faults = {},
  members: Partial<CallSession> = {},
  bot: 'caller' | 'callee' = 'caller',
): CallSession {
  const end: CallEndpoint = { kind: 'service', role: 'customBot', applicationIds: [BOT_ID], identities: [PARTICIPANT] };
  return {
    id: 'session',
    startedAt: BEGIN + 2,
    endedAt: BEGIN + 600,
    modalities: ['audio', 'video'],
    caller: bot === 'caller' ? end : NOBODY,
    callee: bot === 'callee' ? end : NOBODY,
    streams: MEDIA.flatMap((media) => directions.map((d) => callStream(media, d, bot, faults[`${media} ${d}`]))),
    ...members,
  };
}

function callStream(
  media: Media,
  direction: Direction,
  bot: 'caller' | 'callee',
  fault: Fault | undefined,
): CallStream {
  const sentByBot = direction === 'inbound';
  return {
    label: LABELS[media],
    media,
    direction: sentByBot === (bot === 'caller') ? 'callerToCallee' : 'calleeToCaller',
    packets: RATE[media] * 600,
    averageLoss: fault?.loss ?? 0.0004,
    averageJitter: fault?.jitter ?? 0.003,
    averageRoundTrip: fault?.roundTrip ?? 0.05,
    ...(media === 'audio' ? {} : { averageFrameRate: fault?.frameRate ?? 25 }),
    callerAddress: '10.0.0.1',
    callerPort: 50_000,
  };
}

export const recordOf = (...sessions: readonly CallSession[]): CallRecord => ({ id: 'record', version: 1, sessions });

export type Asked = {
  readonly vtc?: MeasuredLeg;
  readonly record?: CallRecord;
  readonly state?: RecordState;
  readonly participantId?: string | undefined;
};

/** The whole way: figures, grades, matching, verdict. */
export function judged({ vtc = vtcLeg(), record, state, participantId = PARTICIPANT }: Asked): Verdict {
  const leg = { control: { participantId }, startedAt: BEGIN, endedAt: BEGIN + 600 };
  const match = record === undefined ? undefined : matchSession(leg, record, [BOT_ID]);
  const found = match?.found;
  return verdictOf({
    vtc: gradeVtcLeg(vtc),
    ...(found && { teams: gradeTeamsLeg(found.session, found.bot), matchedBy: found.by }),
    record: state ?? (record === undefined ? 'waiting' : 'read'),
    candidates: match?.candidates.length ?? 0,
    room: 'Boardroom',
  });
}
