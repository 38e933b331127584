import * as reports from '../quality/packet-reports.ts';
import { addSurplus, beginSurplus, SURPLUS_WORDS, takeCount } from '../quality/packet-surplus.ts';
import type { PacketTable } from '../quality/packet-table.ts';
import { double, int } from '../quality/packet-words.ts';
import { present } from '../quality/present.ts';
import { RecordPool } from '../quality/record-pool.ts';
import type { Reported } from './measured.ts';
import type { Told } from './measured-stream.ts';

/** Reporters about one stream that are remembered. */
const MOST_REPORTERS = 8;
const FEWEST = 64;

/** The first of the tracks: what each reporter says of the stream. */
const TRACKS = 0;
/** Round trips that its own reports told: count, sum and maximum. Seconds. */
const TRIPS = 1;
const TRIP_SUM = 2;
const LONGEST_TRIP = 4;
/** What its sender counts. */
const SURPLUS = 6;
const WORDS = SURPLUS + SURPLUS_WORDS;

/** What was heard of each stream: a record for those of which anything was. */
export class Heard {
  readonly tracks = reports.newTracks();
  readonly #pool = new RecordPool(WORDS);
  #byStream = new Int32Array(FEWEST);

  /** The track of the reporter that counts; 0: nobody reports about this stream. */
  speakerOf(stream: number): number {
    const heard = this.#of(stream);
    return heard === 0 ? 0 : reports.speakerOf(this.tracks, int(this.#pool.words, heard + TRACKS));
  }

  /** The track of a reporter about a stream; of too many the one goes that does not count and told nothing for longest. */
  trackOf(stream: number, reporter: number): number {
    const heard = this.#made(stream);
    const first = int(this.#pool.words, heard + TRACKS);
    const known = reports.trackOf(this.tracks, first, reporter);
    if (known !== 0) return known;
    const { tracks } = this.tracks;
    const kept = tracks.count(first) < MOST_REPORTERS ? first : this.#withoutOldest(first);
    const track = reports.newTrack(this.tracks, reporter);
    this.#pool.words[heard + TRACKS] = tracks.append(kept, track);
    return track;
  }

  /** A round trip that reports of the stream's own sender told. Seconds. */
  trip(stream: number, value: number): void {
    const heard = this.#made(stream);
    const { words, doubles } = this.#pool;
    words[heard + TRIPS] = int(words, heard + TRIPS) + 1;
    doubles[(heard + TRIP_SUM) >> 1] = double(doubles, heard + TRIP_SUM) + value;
    if (value > double(doubles, heard + LONGEST_TRIP)) doubles[(heard + LONGEST_TRIP) >> 1] = value;
  }

  /** The packet count of a sender report. */
  count(table: PacketTable, stream: number, packetCount: number, micros: number): void {
    const heard = this.#made(stream);
    takeCount(table, stream, this.#pool.doubles, heard + SURPLUS, packetCount, micros);
  }

  /** The stream ends: what its sender counted beyond what came is in its counts then. */
  settle(table: PacketTable, stream: number): void {
    const heard = this.#of(stream);
    if (heard !== 0) addSurplus(table, stream, this.#pool.doubles, heard + SURPLUS);
  }

  /** All of it as a stream tells it. */
  told(stream: number): Told {
    const heard = this.#of(stream);
    if (heard === 0) return {};
    const { words, doubles } = this.#pool;
    const trips = int(words, heard + TRIPS);
    return present<Told>({
      continues: undefined,
      roundTrip:
        trips === 0
          ? undefined
          : {
              origin: 'sr-rr',
              average: double(doubles, heard + TRIP_SUM) / trips,
              maximum: double(doubles, heard + LONGEST_TRIP),
              samples: trips,
            },
      reported: this.#reported(int(words, heard + TRACKS)),
    });
  }

  /** The stream is over. */
  forget(stream: number): void {
    const heard = this.#of(stream);
    if (heard === 0) return;
    const { tracks } = this.tracks;
    for (let track = int(this.#pool.words, heard + TRACKS); track !== 0; ) {
      const next = int(tracks.words, track);
      reports.removeTrack(this.tracks, track);
      track = next;
    }
    this.#pool.release(heard);
    this.#byStream[stream] = 0;
  }

  /** What the reporter with most blocks says. */
  #reported(first: number): Reported | undefined {
    const { words } = this.tracks.tracks;
    let best = first;
    for (let track = first; track !== 0; track = int(words, track))
      if (reports.blocksOf(this.tracks, track) > reports.blocksOf(this.tracks, best)) best = track;
    const blocks = best === 0 ? 0 : reports.blocksOf(this.tracks, best);
    if (blocks === 0) return undefined;
    const reporter = reports.reporterOf(this.tracks, best);
    return present<Reported>({ reports: blocks, reporter, ...reports.trackTotals(this.tracks, best) });
  }

  #withoutOldest(first: number): number {
    const { tracks } = this.tracks;
    const speaker = reports.speakerOf(this.tracks, first);
    const toldAt = (track: number): number => reports.toldAt(this.tracks, track);
    let oldest = 0;
    for (let track = first; track !== 0; track = int(tracks.words, track))
      if (track !== speaker && (oldest === 0 || toldAt(track) < toldAt(oldest))) oldest = track;
    const kept = tracks.without(first, oldest);
    reports.removeTrack(this.tracks, oldest);
    return kept;
  }

  #of(stream: number): number {
    return this.#byStream[stream] ?? 0;
  }

  #made(stream: number): number {
    const held = this.#of(stream);
    if (held !== 0) return held;
    const made = this.#pool.add();
    beginSurplus(this.#pool.doubles, made + SURPLUS);
    if (stream >= this.#byStream.length) {
      const { length } = this.#byStream;
      const grown = new Int32Array(Math.max(stream + 1, length + Math.max(FEWEST, length >> 3)));
      grown.set(this.#byStream);
      this.#byStream = grown;
    }
    this.#byStream[stream] = made;
    return made;
  }
}
