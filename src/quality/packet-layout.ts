/**
 * One stream of packets is one record of 32-bit words in a block that all streams share: no object per packet, none per
 * stream. Names are word offsets; those of 64-bit floats lie at the end and are even. `_F` = 32-bit float.
 *
 * Modules that work on every packet make own constants of them (`const { FLAGS } = layout`): V8 fetches what is imported
 * and checks it at each use, which was an eighth of the time of a whole run of the meter (measured).
 */

/** Key: SSRC, both ports (source in the upper half), addresses as four words each. */
export const SSRC = 0;
export const PORTS = 1;
export const SOURCE = 2;
export const DESTINATION = 6;
/** The stream that came before with an SSRC of the same hash; index + 1, 0 = none. */
export const NEXT = 10;
/** Bits below. */
export const FLAGS = 11;
/** Payload type of the last packet; number of its format in the lower half, restarts in the upper one (65,535 at most). */
export const PAYLOAD_TYPE = 12;
export const FORMAT = 13;
export const FORMAT_MASK = 0xffff;
export const RESTARTS_SHIFT = 16;
/** Highest sequence number, extended; only differences mean anything. First one of the segment. */
export const HIGHEST = 14;
export const BASE = 15;
/** Timestamp of the packet before (RFC 3550, A.8), and of the one that our own jitter looks back to. */
export const LAST_TIMESTAMP = 16;
export const BASE_TIMESTAMP = 17;
/** Marker bits of the last 32 media packets. */
export const MARKERS = 18;
/** Packets expected in the segments before this one (expectedOf). Packets that made no value of the all-packet jitter. */
export const EXPECTED_BEFORE = 19;
export const RFC_SKIPPED = 20;
export const RFC_MAXIMUM_F = 21;
/** Counts of the stream's whole life; what the second that packets fall in now has so far comes on top (uniqueOf, mediaOf). */
export const UNIQUE = 22;
export const DUPLICATES = 23;
export const REORDERED = 24;
export const MEDIA = 25;
export const FRAMES = 26;
/** Untainted lost and expected of its life, worst window, jitter maximum and bucket count. */
export const LIFE_LOST = 27;
export const LIFE_OF = 28;
export const LIFE_WORST_F = 29;
export const LIFE_JITTER_MAXIMUM_F = 30;
export const LIFE_JITTER_COUNT = 31;
/** The second that packets fall in now. */
export const NOW = 32;
/** Members of a second: unique packets by number; media packets, frames and octets by arrival; jitter (sum now, mean later). */
export const RECEIVED = 0;
export const SECOND_MEDIA = 1;
export const SECOND_FRAMES = 2;
export const SECOND_OCTETS = 3;
/** Height of the pictures, pixels; 0 = not known. It goes on from second to second until another is told. */
export const SECOND_HEIGHT = 4;
/** Jitter lies together; the updates are of the current second only. */
export const SECOND_JITTER_F = 5;
export const SECOND_JITTER_MAXIMUM_F = 6;
export const SECOND_UPDATES = 7;
export const SECOND_WORDS = 8;
/**
 * The two seconds before, still open for late packets: that of second s at PENDING + (s & 1) * PENDING_WORDS. A mean of
 * -1: there was no jitter.
 */
export const PENDING = NOW + SECOND_WORDS;
export const PENDING_WORDS = 7;
/** The slot that closed seconds add up in. */
export const SLOT_PACKETS = PENDING + 2 * PENDING_WORDS;
export const SLOT_FRAMES = SLOT_PACKETS + 1;
export const SLOT_LOST = SLOT_PACKETS + 2;
export const SLOT_OF = SLOT_PACKETS + 3;
/** Worst window; its end and length in seconds, then those of the jitter maxima: one octet each. */
export const SLOT_WORST_F = SLOT_PACKETS + 4;
export const SLOT_TIMES = SLOT_PACKETS + 5;
export const SLOT_JITTER_F = SLOT_PACKETS + 6;
export const SLOT_JITTER_COUNT = SLOT_PACKETS + 7;
export const SLOT_JITTER_MAXIMUM_F = SLOT_PACKETS + 8;
export const SLOT_EARLY_F = SLOT_PACKETS + 9;
export const SLOT_EARLY_COUNT = SLOT_PACKETS + 10;
export const SLOT_EARLY_MAXIMUM_F = SLOT_PACKETS + 11;
/** Unsigned. */
export const SLOT_OCTETS = SLOT_PACKETS + 12;
/** That of the last second in which it was known. */
export const SLOT_HEIGHT = SLOT_PACKETS + 13;
export const SLOT_WORDS = 14;
/** First number of each of the last 8 seconds: that of second s at BOUNDARIES + (s & 7). */
export const BOUNDARIES = SLOT_PACKETS + SLOT_WORDS;
/** Expected and received of the last 30 closed seconds, 16 bits each: that of second s at WINDOW + s % 30. */
export const WINDOW = BOUNDARIES + 8;
export const WINDOW_SECONDS = 30;
/** Which of the last 1,024 numbers came, one bit each (packet-seen.ts). */
export const SEEN = WINDOW + WINDOW_SECONDS;
export const SEEN_NUMBERS = 1024;
/** Numbers further back are none that came late. */
export const REMEMBERED_NUMBERS = 2048;
const FLOATS = SEEN + SEEN_NUMBERS / 32;

/** Arrival of the highest number, of the last packet, and of the one our jitter looks back to. Microseconds since the epoch. */
export const HIGHEST_AT = FLOATS;
export const LAST_AT = FLOATS + 2;
export const BASE_AT = FLOATS + 4;
/** Our jitter and the all-packet one with its sum. Microseconds. */
export const JITTER = FLOATS + 6;
export const RFC_JITTER = FLOATS + 8;
export const RFC_SUM = FLOATS + 10;
/** Microseconds per unit of the timestamp; 0 = clock unknown. */
export const SCALE = FLOATS + 12;
/** End of the second that packets fall in now. */
export const SECOND_END = FLOATS + 14;
export const FIRST_AT = FLOATS + 16;
export const OCTETS = FLOATS + 18;
export const LIFE_JITTER = FLOATS + 20;
export const WORDS = FLOATS + 22;

/** FLAGS: kind of the payload type in the lowest three bits. */
export const KIND_MASK = 7;
/** Nothing known: counted, no marker rule. */
export const KIND_UNKNOWN = 0;
export const KIND_AUDIO = 1;
/** Audio that sets the marker on every packet by its format (RFC 6416, RFC 3640): the marker is ignored. */
export const KIND_AUDIO_UNMARKED = 2;
export const KIND_VIDEO = 3;
/** Comfort noise, telephone events: no media; jitter begins anew behind them. */
export const KIND_PAUSE = 4;
/** FEC among the media: no media. */
export const KIND_REPAIR = 5;
export const HAS_BASE = 8;
export const HAS_LAST = 16;
/** A packet behind a jump waits for its successor. */
export const HOLDS = 32;
/** LIFE_JITTER is of updates from the 16th on. */
export const SETTLED = 64;
export const IPV6 = 128;
export const TAKEN = 256;
/** A sender report counts more than we saw; its number of clock steps in four bits; seconds closed so far in five. */
export const PARTIAL = 512;
/** The format is RED (RFC 2198). */
export const IS_RED = 1024;
/** A sender report counts no more than we saw: the tap saw the stream begin. */
export const WHOLE = 2048;
export const STEPS_SHIFT = 12;
export const STEPS_MASK = 15;
export const SECONDS_SHIFT = 16;
export const SECONDS_MASK = 31;
/** Jitter updates of the segment, counted up to 16 in five bits. */
export const UPDATES_SHIFT = 21;
export const UPDATES_MASK = 31;
/** The stream goes on from one that ended at a moment (packet-split.ts): numbers before its first are that one's. */
export const CONTINUED = 1 << 26;
/** Format whose packets tell the height of their pictures, where they are in the clear: one of these, or none. */
export const PICTURES = 7 << 27;
export const H264 = 1 << 27;
export const H265 = 2 << 27;
export const VP8 = 3 << 27;
export const VP9 = 4 << 27;
