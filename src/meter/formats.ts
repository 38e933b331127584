import { type KnownFormat, packetFormat } from '../quality/packet-format.ts';
import type { PacketFormat } from '../quality/packet-table.ts';
import { present } from '../quality/present.ts';
import { payloadTypesOf } from '../session/payload-types.ts';
import type { Format, FormatHint, MeterOptions } from './options.ts';

/** Half a word of a record holds the number of a format. More of them are made up, and count as not known. */
const MOST = 65_536;

/** Finds the formats of payload types, each of them once. */
export class Formats {
  readonly #options: MeterOptions;
  readonly #all: PacketFormat[];
  readonly #indices = new Map<string, number>();

  /** `all`: where the formats are kept; a format is known by its index there. */
  constructor(options: MeterOptions, all: PacketFormat[]) {
    this.#options = options;
    this.#all = all;
  }

  /** What was signalled, then what the operator said, then RFC 3551. A format without clock rate is still sought. */
  resolve(hint: FormatHint): number {
    const signalled = this.#options.signalling?.formatOf(hint);
    if (signalled?.clockRate === undefined)
      return this.#index({ ...untold(this.#options, hint.payloadType), ...signalled });
    return this.#index({ clockRateOrigin: 'sdp', ...signalled });
  }

  /** The same format with the clock rate that its timestamps tell. Hz. */
  withInferred(format: number, clockRate: number): number {
    return this.#index({ ...this.known(format), clockRate, clockRateOrigin: 'inferred' });
  }

  known(format: number): KnownFormat {
    const { kind, red, repair, pictures, ...known } = this.#all[format] ?? { kind: 0 };
    return known;
  }

  #index(known: Format): number {
    const { codec, clockRate, clockRateOrigin, media, encrypted } = known;
    const key = JSON.stringify([codec, clockRate, clockRateOrigin, media, encrypted]);
    const held = this.#indices.get(key);
    if (held === undefined && this.#all.length >= MOST) return 0;
    const index =
      held ??
      this.#all.push(
        packetFormat(
          present<KnownFormat>({
            codec,
            clockRate,
            clockRateOrigin,
            media,
            encrypted,
          }),
        ),
      ) - 1;
    this.#indices.set(key, index);
    return index;
  }
}

function untold({ clocks }: MeterOptions, payloadType: number): Format {
  const [listed] = payloadTypesOf({ numbers: [payloadType], maps: new Map(), parameters: new Map() });
  const clockRate = clocks?.get(payloadType);
  if (clockRate !== undefined) return { ...(listed && { codec: listed.codec }), clockRate, clockRateOrigin: 'option' };
  return listed === undefined ? {} : { codec: listed.codec, clockRate: listed.clockRate, clockRateOrigin: 'static' };
}
