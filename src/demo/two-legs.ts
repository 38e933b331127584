import type { CallAnswer, LevelAnswer, TeamsStreamAnswer } from '../client/read-shapes.ts';
import type { ReportBody } from '../client/shapes.ts';
import type { Media } from '../model/channel.ts';
import type { Journey, Level } from '../model/verdict.ts';
import { reportedChannels } from './media-quality.ts';

/** What one leg did to one media on one journey. Percent 0–100, milliseconds; absent where nobody measured. */
export type LegSide = {
  readonly level?: Level;
  readonly lossPercent?: number;
  readonly jitterMillis?: number;
  readonly roundTripMillis?: number;
};

/** One media on one journey through both legs: room ↔ gateway as measured, gateway ↔ Teams as Graph's record has it. */
export type Passage = {
  readonly media: Media;
  readonly journey: Journey;
  readonly room: LegSide;
  readonly teams: LegSide;
};

const JOURNEYS: readonly Journey[] = ['fromRoom', 'toRoom'];

/** Both legs of a reported leg beside each other, a passage a media and journey. Without a record `teams` is empty. */
export function passagesOf(report: ReportBody, call: CallAnswer): readonly Passage[] {
  const leg = call.legs.find(({ mediaLegId }) => isSameId(mediaLegId, report.quality.mediaLegId));
  return reportedChannels(report).flatMap(({ media, inbound, outbound }) =>
    JOURNEYS.map((journey) => {
      const { lossPercent, jitterMillis, roundTripMillis } = journey === 'fromRoom' ? inbound : outbound;
      const stream = teamsStream(call, leg, media, journey);
      return {
        media,
        journey,
        room: defined({ level: levelIn(leg?.levels, media, journey), lossPercent, jitterMillis, roundTripMillis }),
        teams: defined({
          level: levelIn(leg?.teams?.levels, media, journey),
          lossPercent: times(stream?.averageLoss, 100),
          jitterMillis: times(stream?.averageJitter, 1000),
          roundTripMillis: times(stream?.averageRoundTrip, 1000),
        }),
      };
    }),
  );
}

const isSameId = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

const levelIn = (levels: readonly LevelAnswer[] | undefined, media: Media, journey: Journey): Level | undefined =>
  levels?.find((one) => one.media === media && one.journey === journey)?.level;

/** What the bot sends comes from the room, what it receives goes to it. */
function teamsStream(
  { callRecord }: CallAnswer,
  leg: CallAnswer['legs'][number] | undefined,
  media: Media,
  journey: Journey,
): TeamsStreamAnswer | undefined {
  const { sessionId, bot } = leg?.teams ?? {};
  const session = callRecord?.sessions?.find(({ id }) => id === sessionId);
  const wanted = (bot === 'caller') === (journey === 'fromRoom') ? 'callerToCallee' : 'calleeToCaller';
  return session?.streams.find((stream) => stream.media === media && stream.direction === wanted);
}

const times = (value: number | undefined, factor: number): number | undefined =>
  value === undefined ? undefined : value * factor;

function defined(side: { readonly [Name in keyof LegSide]: LegSide[Name] | undefined }): LegSide {
  // Sound: only undefined members were left out.
  return Object.fromEntries(Object.entries(side).filter(([, value]) => value !== undefined)) as LegSide;
}
