import { type ReportTrack, speakerOf, toldAt, trackTotals } from '../quality/packet-reports.ts';
import type { Surplus } from '../quality/packet-surplus.ts';
import { present } from '../quality/present.ts';
import type { Reported } from './measured.ts';
import type { Told } from './measured-stream.ts';

/** Reporters about one stream that are remembered. */
const MOST_REPORTERS = 8;

/** What was heard of one stream. */
export type Heard = {
  /** What each reporter says of it. */
  tracks: readonly ReportTrack[];
  /** Round trips that its own reports told: sum, count and maximum. Seconds. */
  tripSum: number;
  trips: number;
  longestTrip: number;
  /** What its sender counts. */
  surplus: Surplus | undefined;
};

/** Nothing yet. */
export function newHeard(): Heard {
  return { tracks: NONE, tripSum: 0, trips: 0, longestTrip: 0, surplus: undefined };
}

const NONE: readonly ReportTrack[] = [];

/** One more reporter; of too many the one goes that does not count and told nothing for longest. */
export function addTrack(heard: Heard, track: ReportTrack): void {
  const { tracks } = heard;
  const speaker = speakerOf(tracks);
  const [oldest] =
    tracks.length < MOST_REPORTERS
      ? []
      : tracks.filter((one) => one !== speaker).toSorted((a, b) => toldAt(a) - toldAt(b));
  heard.tracks = tracks.filter((one) => one !== oldest).concat(track);
}

/** All of it as a stream tells it. */
export function toldOf({ tracks, tripSum, trips, longestTrip }: Heard): Told {
  const track = bestOf(tracks);
  return present<Told>({
    continues: undefined,
    roundTrip:
      trips === 0 ? undefined : { origin: 'sr-rr', average: tripSum / trips, maximum: longestTrip, samples: trips },
    reported:
      track === undefined || track.blocks === 0
        ? undefined
        : present<Reported>({ reports: track.blocks, reporter: track.reporter, ...trackTotals(track) }),
  });
}

/** The reporter with most blocks. */
function bestOf(tracks: readonly ReportTrack[]): ReportTrack | undefined {
  return tracks.reduce<ReportTrack | undefined>(
    (best, one) => (best && best.blocks >= one.blocks ? best : one),
    undefined,
  );
}
