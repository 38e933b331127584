import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import type { Interval, Presence, Series, Stream } from '../model/interval.ts';
import { fromTable, type Table, toTable } from './columns.ts';

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

/** The series again, as it was: streams in their order, intervals and presence by time. */
export function expand(mediaLegId: string, octets: Uint8Array): Series {
  const whole = brotliDecompressSync(octets);
  const start = 4 + whole.readUInt32BE();
  // Written by `compact` only.
  const head = JSON.parse(whole.toString('utf8', 4, start)) as Head;
  const intervals = fromTable({ head: head.intervals, cells: whole.subarray(start, start + head.split) }).map((row) => {
    const { stream, ...rest } = row;
    // The row was an interval when it was compacted.
    return { streamId: head.streams[Number(stream)]?.streamId, ...rest } as Interval;
  });
  const presence = fromTable({ head: head.presence, cells: whole.subarray(start + head.split) }).map(
    // The row was a presence when it was compacted.
    (row) => ({ mediaLegId, ...row }) as Presence,
  );
  return {
    mediaLegId,
    streams: head.streams,
    intervals: intervals.sort((a, b) => a.startedAt - b.startedAt),
    presence: presence.sort((a, b) => a.startedAt - b.startedAt),
  };
}

/** Peaks lie in their slot; most packets that were expected came. */
function relative(path: string): string | undefined {
  if (path.endsWith('.at')) return 'startedAt';
  return path === 'loss.of' ? 'packets' : undefined;
}

/** Channel after channel; the sort is stable, so each stays by time. */
function byChannel(a: Presence, b: Presence): number {
  return a.media === b.media ? a.channelIndex - b.channelIndex : a.media < b.media ? -1 : 1;
}
