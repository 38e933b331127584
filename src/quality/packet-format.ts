import { newGuess } from './packet-clock.ts';
import {
  FLAGS,
  FORMAT,
  FORMAT_MASK,
  H264,
  H265,
  HAS_BASE,
  HAS_LAST,
  IS_RED,
  KIND_AUDIO,
  KIND_AUDIO_UNMARKED,
  KIND_MASK,
  KIND_PAUSE,
  KIND_REPAIR,
  KIND_UNKNOWN,
  KIND_VIDEO,
  NOW,
  PAYLOAD_TYPE,
  PICTURES,
  SCALE,
  SECOND_HEIGHT,
  VP8,
  VP9,
  WORDS,
} from './packet-layout.ts';
import type { PacketFormat, PacketTable } from './packet-table.ts';
import { double, int } from './packet-words.ts';

/** Comfort noise (RFC 3389) and what RFC 4733 defines. */
const PAUSES = /^(?:cn|telephone-event|tone)$/i;
/** FEC that travels among the media (RFC 5109). */
const FEC_AMONG = /^ulpfec$/i;
/** Repair on an SSRC of its own: RTX (RFC 4588), FlexFEC (RFC 8627), parity FEC (RFC 6015), Raptor (RFC 6681). */
const REPAIRS = /^(?:rtx|flexfec(?:-\d+)?|(?:1d-interleaved-)?parityfec|raptorfec)$/i;
const RED = /^red$/i;
/** Formats whose marker ends an access unit instead of starting a talkspurt: every audio packet has it. */
const UNMARKED = /^(?:mp4a-latm|mpeg4-generic)$/i;
const VIDEO_CLOCK = 90_000;
/** Formats whose packets tell the height of their pictures. */
const PICTURES_BY_CODEC: ReadonlyMap<string, number> = new Map([
  ['h264', H264],
  ['h265', H265],
  ['vp8', VP8],
  ['vp9', VP9],
]);

/** What is known of a payload type; `kind` and the rest follow from it. */
export type KnownFormat = Omit<PacketFormat, 'kind' | 'red' | 'repair' | 'pictures'>;

/** The format as the hot path wants it. */
export function packetFormat(known: KnownFormat): PacketFormat {
  const codec = known.codec ?? '';
  // Only where somebody said that the payload is in the clear: in what is encrypted anything could be read.
  const pictures = known.encrypted === false ? PICTURES_BY_CODEC.get(codec.toLowerCase()) : undefined;
  return {
    ...known,
    kind: kindOf(known, codec),
    ...(RED.test(codec) ? { red: true as const } : {}),
    ...(REPAIRS.test(codec) ? { repair: true as const } : {}),
    ...(pictures === undefined ? {} : { pictures }),
  };
}

/** The stream sends this payload type now. `format` = index in `table.formats`. A change of clock begins jitter anew. */
export function setFormat(
  table: PacketTable,
  stream: number,
  payloadType: number,
  format: number,
  micros: number,
  timestamp: number,
): void {
  const w = stream * WORDS;
  const { words, doubles } = table;
  const { kind = KIND_UNKNOWN, clockRate, red, pictures = 0 } = table.formats[format] ?? {};
  words[w + PAYLOAD_TYPE] = payloadType;
  words[w + FORMAT] = (int(words, w + FORMAT) & ~FORMAT_MASK) | format;
  const flags = int(words, w + FLAGS);
  if (kind < KIND_PAUSE && tellOtherwise(flags & PICTURES, pictures)) words[w + NOW + SECOND_HEIGHT] = 0;
  words[w + FLAGS] = (flags & ~(KIND_MASK | IS_RED | PICTURES)) | kind | (red === true ? IS_RED : 0) | pictures;
  if (clockRate === undefined && kind >= KIND_PAUSE) return;
  const scale = clockRate === undefined ? 0 : 1e6 / clockRate;
  if (scale === double(doubles, w + SCALE)) {
    if (scale === 0 && !table.guesses.has(stream)) table.guesses.set(stream, newGuess(micros, timestamp));
    return;
  }
  doubles[(w + SCALE) >> 1] = scale;
  words[w + FLAGS] = int(words, w + FLAGS) & ~(HAS_BASE | HAS_LAST);
  if (scale === 0) table.guesses.set(stream, newGuess(micros, timestamp));
  else table.guesses.delete(stream);
}

/** Whether the height that packets of one format told says nothing of those of another. FEC between them has no pictures. */
const tellOtherwise = (before: number, now: number): boolean => now === 0 || (before !== 0 && before !== now);

function kindOf({ media, clockRate }: KnownFormat, codec: string): number {
  if (PAUSES.test(codec)) return KIND_PAUSE;
  if (FEC_AMONG.test(codec)) return KIND_REPAIR;
  if (UNMARKED.test(codec)) return KIND_AUDIO_UNMARKED;
  if (media !== undefined) return media === 'audio' ? KIND_AUDIO : KIND_VIDEO;
  if (clockRate === undefined) return KIND_UNKNOWN;
  return clockRate === VIDEO_CLOCK ? KIND_VIDEO : KIND_AUDIO;
}
