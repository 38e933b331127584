import { SSRC, WORDS } from '../quality/packet-layout.ts';
import type { PacketTable } from '../quality/packet-table.ts';
import { totalsOf } from '../quality/packet-totals.ts';
import { int } from '../quality/packet-words.ts';
import { present } from '../quality/present.ts';
import type { MeasuredStream, Reported } from './measured.ts';
import { pathOfRecord, streamIdOf } from './path.ts';

/** One payload type that a stream sent: index of its format, and media packets. `stale`: its meaning is to be asked again. */
export type TypeUse = { readonly payloadType: number; format: number; stale: boolean; packets: number };

/** What others told of a stream. */
export type Told = Pick<MeasuredStream, 'roundTrip' | 'continues'> & { readonly reported?: Reported };

/** A stream as a whole. */
export function measuredStream(
  table: PacketTable,
  stream: number,
  types: readonly TypeUse[],
  told: Told,
): MeasuredStream {
  const w = stream * WORDS;
  const totals = totalsOf(table, stream);
  const main = types.toSorted((a, b) => b.packets - a.packets)[0];
  const format = table.formats[main?.format ?? 0];
  const seconds = totals.lastAt - totals.firstAt;
  return present<MeasuredStream>({
    streamId: streamIdOf(table, stream),
    ssrc: int(table.words, w + SSRC) >>> 0,
    ...pathOfRecord(table, stream),
    transport: 'UDP',
    payloadTypes: types.map((type) => type.payloadType),
    codec: format?.codec,
    clockRate: format?.clockRate,
    clockRateOrigin: format?.clockRateOrigin,
    media: format?.media,
    repair: format?.repair,
    encrypted: format?.encrypted === true ? true : undefined,
    ...totals,
    bitRate: seconds > 0 ? (8 * totals.octets) / seconds : undefined,
    frameRate: seconds > 0 ? totals.frames / seconds : undefined,
    continues: told.continues,
    roundTrip: told.roundTrip,
    reported: told.reported,
  });
}
