import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import type { ChannelId, Media } from '../model/channel.ts';
import type { Interval, Presence, Series, Stream } from '../model/interval.ts';
import { readColumns, type Table, toTable } from './columns.ts';
import { cellOf, hung, type Row } from './transpose.ts';

/** What stands before the cells: its length in four octets, then this as JSON. */
type Head = {
  readonly version: 1;
  readonly streams: readonly Stream[];
  readonly intervals: Table['head'];
  readonly presence: Table['head'];
  /** Octets of the cells of `intervals`; those of `presence` follow. */
  readonly split: number;
};

/** Above this quality an hour costs ten times the time for a tenth of the octets. */
const swift = { [constants.BROTLI_PARAM_QUALITY]: 5 };

/** The series of an ended leg in few octets. */
export function compact(series: Series): Buffer {
  const places = new Map(series.streams.map(({ streamId }, place) => [streamId, place]));
  const rows = series.intervals.map(({ streamId, ...rest }) => ({ stream: places.get(streamId) ?? -1, ...rest }));
  rows.sort((a, b) => a.stream - b.stream);
  const intervals = toTable(rows, relative);
  const spans = [...series.presence].sort(byChannel).map(({ mediaLegId: _, ...rest }) => rest);
  const presence = toTable(spans, relative);
  const head: Head = {
    version: 1,
    streams: series.streams,
    intervals: intervals.head,
    presence: presence.head,
    split: intervals.cells.length,
  };
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return brotliCompressSync(Buffer.concat([length, text, intervals.cells, presence.cells]), { params: swift });
}

/** Of which streams and channels a series is wanted: of the rest nothing is told but that the streams were there. */
export type Wanted = { readonly stream: (stream: Stream) => boolean; readonly channel: (id: ChannelId) => boolean };

/** The series again, as it was: streams in their order, intervals and presence by time. */
export function expand(
  mediaLegId: string,
  octets: Uint8Array,
  wanted?: (streams: readonly Stream[]) => Wanted,
): Series {
  const whole = brotliDecompressSync(octets);
  const start = 4 + whole.readUInt32BE();
  // Written by `compact` only.
  const head = JSON.parse(whole.toString('utf8', 4, start)) as Head;
  const intervals = { head: head.intervals, cells: whole.subarray(start, start + head.split) };
  const presence = { head: head.presence, cells: whole.subarray(start + head.split) };
  const only = wanted?.(head.streams);
  return {
    mediaLegId,
    streams: head.streams,
    // The rows were intervals and presence when they were compacted.
    intervals: byTime(intervalRows(head.streams, intervals, only) as Interval[]),
    presence: byTime(presenceRows(mediaLegId, presence, only) as Presence[]),
  };
}

// Rows are begun with what they are not copied for later: a day has 172,800 of them. They lie stream after stream, channel
// after channel: behind the last that is wanted nothing is read.

function intervalRows(streams: readonly Stream[], table: Table, only: Wanted | undefined): Row[] {
  const streamOf = cellOf(readColumns(table, { paths: ['stream'] }), 'stream');
  const known = streams.map((stream) => only?.stream(stream) ?? true);
  const places = placesOf(table.head.rows, (place) => known[Number(streamOf(place))] ?? only === undefined);
  const columns = readColumns(table, { rows: upTo(places) });
  const rows = Array.from(places, (place): Row => ({ streamId: streams[Number(streamOf(place))]?.streamId }));
  return hung(
    rows,
    columns.filter(({ path }) => path !== 'stream'),
    places,
  );
}

function presenceRows(mediaLegId: string, table: Table, only: Wanted | undefined): Row[] {
  const ids = readColumns(table, { paths: ['media', 'channelIndex'] });
  const [media, index] = [cellOf(ids, 'media'), cellOf(ids, 'channelIndex')];
  // A word of the column of media is a media.
  const idOf = (place: number): ChannelId => ({ media: media(place) as Media, channelIndex: Number(index(place)) });
  const places = placesOf(table.head.rows, (place) => only?.channel(idOf(place)) ?? true);
  return hung(
    Array.from(places, (): Row => ({ mediaLegId })),
    readColumns(table, { rows: upTo(places) }),
    places,
  );
}

/** How many rows there are up to the last of these. */
const upTo = (places: Uint32Array): number => (places.at(-1) ?? -1) + 1;

function placesOf(rows: number, isWanted: (place: number) => boolean): Uint32Array {
  const places = new Uint32Array(rows);
  let count = 0;
  for (let place = 0; place < rows; place += 1) {
    if (!isWanted(place)) continue;
    places[count] = place;
    count += 1;
  }
  return places.subarray(0, count);
}

const byTime = <T extends { readonly startedAt: number }>(rows: T[]): T[] =>
  rows.sort((a, b) => a.startedAt - b.startedAt);

/** Peaks lie in their slot; most packets that were expected came. */
function relative(path: string): string | undefined {
  if (path.endsWith('.at')) return 'startedAt';
  return path === 'loss.of' ? 'packets' : undefined;
}

/** Channel after channel; the sort is stable, so each stays by time. */
function byChannel(a: Presence, b: Presence): number {
  return a.media === b.media ? a.channelIndex - b.channelIndex : a.media < b.media ? -1 : 1;
}
