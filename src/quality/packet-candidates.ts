import { hash, type PacketPath } from './packet-table.ts';
import type { PacketFacts } from './packet-take.ts';
import { double, int } from './packet-words.ts';

/*
 * What looks like RTP is a stream once two packets in sequence have come (RFC 3550, A.1). Until then it costs one of a
 * bounded number of places, so that noise and floods of made-up SSRCs cost no memory.
 */

const SSRC = 0;
const PORTS = 1;
const FROM = 2;
const TO = 3;
const PREFIX = 4;
/** The latest packet: its number, timestamp, payload type with bits for marker, media and taken, octets. */
const SEQUENCE = 5;
const TIMESTAMP = 6;
const BITS = 7;
const PAYLOAD_OCTETS = 8;
/** What it tells of its picture if its format is the one named with it. */
const PICTURE = 9;
const MICROS = 10;
const WORDS = 12;

const MARKER = 128;
const IS_MEDIA = 256;
const TAKEN = 512;

const FEWEST = 1024;
const MOST = 32_768;
/** Neighbouring places that a candidate may take. */
const PROBES = 4;
/** A younger candidate may yet become a stream. Microseconds. */
const YOUNG = 2_000_000;
/** Packets that wait for one in sequence: a stream that begins with loss has a few. */
const MOST_WAITING = 16;

/** A packet that waits to be confirmed. */
export type Waiting = {
  readonly micros: number;
  readonly payloadType: number;
  readonly packet: PacketFacts;
  /** A format's bits with the height that the packet tells if it is of that format, else 0. */
  readonly picture: number;
};

export type Candidates = {
  words: Int32Array;
  doubles: Float64Array;
  places: number;
  /** By place: the packets before the latest, for those that have sent more than one. */
  waiting: Map<number, Waiting[]>;
};

/** None yet. */
export function newCandidates(places = FEWEST): Candidates {
  const block = new ArrayBuffer(places * WORDS * 4);
  return { words: new Int32Array(block), doubles: new Float64Array(block), places, waiting: new Map() };
}

/**
 * Takes a packet that belongs to no stream. If it follows one that came before, the two and all since the first of them
 * are a stream: they are returned, without this one. Undefined: it waits for its own successor.
 */
export function takeCandidate(
  candidates: Candidates,
  path: PacketPath,
  ssrc: number,
  payloadType: number,
  micros: number,
  packet: PacketFacts,
  picture = 0,
): readonly Waiting[] | undefined {
  const { words, doubles } = candidates;
  const ports = (path.sourcePort << 16) | path.destinationPort;
  const from = int(path.source, 3);
  const to = int(path.destination, 3);
  const prefix = prefixOf(path);
  const home = hash(ssrc, ports, from, to);
  let place = home & (candidates.places - 1);
  let same = false;
  let oldest = Number.POSITIVE_INFINITY;
  for (let probe = 0; probe < PROBES && !same; probe += 1) {
    const tried = (home + probe) & (candidates.places - 1);
    const t = tried * WORDS;
    same =
      words[t + SSRC] === ssrc &&
      words[t + PORTS] === ports &&
      words[t + FROM] === from &&
      words[t + TO] === to &&
      words[t + PREFIX] === prefix &&
      words[t + BITS] !== 0;
    // Empty places are oldest of all.
    const since = words[t + BITS] === 0 ? 0 : double(doubles, t + MICROS);
    if (!same && since >= oldest) continue;
    oldest = since;
    place = tried;
  }
  const w = place * WORDS;
  const isTaken = words[w + BITS] !== 0;
  const step = ((packet.sequence - int(words, w + SEQUENCE)) << 16) >> 16;
  // Swapped on the way they are still two in a row.
  if (same && (step === 1 || step === -1)) {
    const waiting = [...(candidates.waiting.get(place) ?? []), waitingAt(candidates, w)];
    candidates.waiting.delete(place);
    words.fill(0, w, w + WORDS);
    return waiting;
  }
  const crowded = isTaken && !same && micros - double(doubles, w + MICROS) < YOUNG;
  if (crowded && candidates.places < MOST) {
    makeRoom(candidates);
    return takeCandidate(candidates, path, ssrc, payloadType, micros, packet, picture);
  }
  if (same) keepWaiting(candidates, place);
  else candidates.waiting.delete(place);
  words[w + SSRC] = ssrc;
  words[w + PORTS] = ports;
  words[w + FROM] = from;
  words[w + TO] = to;
  words[w + PREFIX] = prefix;
  keepLatest(candidates, w, payloadType, micros, packet);
  words[w + PICTURE] = picture;
  return undefined;
}

function keepLatest(
  { words, doubles }: Candidates,
  w: number,
  payloadType: number,
  micros: number,
  packet: PacketFacts,
): void {
  words[w + SEQUENCE] = packet.sequence;
  words[w + TIMESTAMP] = packet.timestamp;
  words[w + BITS] = payloadType | (packet.marker ? MARKER : 0) | (packet.isMedia ? IS_MEDIA : 0) | TAKEN;
  words[w + PAYLOAD_OCTETS] = packet.octets;
  doubles[(w + MICROS) >> 1] = micros;
}

function keepWaiting(candidates: Candidates, place: number): void {
  const waiting = candidates.waiting.get(place) ?? [];
  waiting.push(waitingAt(candidates, place * WORDS));
  if (waiting.length > MOST_WAITING) waiting.shift();
  candidates.waiting.set(place, waiting);
}

function waitingAt({ words, doubles }: Candidates, w: number): Waiting {
  const bits = int(words, w + BITS);
  const packet = {
    sequence: int(words, w + SEQUENCE),
    timestamp: int(words, w + TIMESTAMP),
    marker: (bits & MARKER) !== 0,
    isMedia: (bits & IS_MEDIA) !== 0,
    octets: int(words, w + PAYLOAD_OCTETS),
  };
  const picture = int(words, w + PICTURE);
  return { micros: double(doubles, w + MICROS), payloadType: bits & 127, packet, picture };
}

/** Many streams begin at once: twice the places, up to a bound. */
function makeRoom(candidates: Candidates): void {
  const before = candidates.words;
  const { places } = candidates;
  const { waiting } = candidates;
  Object.assign(candidates, newCandidates(places * 2));
  for (let place = 0; place < places; place += 1) {
    const w = place * WORDS;
    if (int(before, w + BITS) === 0) continue;
    const home = hash(int(before, w + SSRC), int(before, w + PORTS), int(before, w + FROM), int(before, w + TO));
    const moved = freePlace(candidates, home);
    candidates.words.set(before.subarray(w, w + WORDS), moved * WORDS);
    const held = waiting.get(place);
    if (held !== undefined) candidates.waiting.set(moved, held);
  }
}

/** The first empty place of a candidate, or its last one. */
function freePlace({ words, places }: Candidates, home: number): number {
  for (let probe = 0; probe < PROBES; probe += 1) {
    const place = (home + probe) & (places - 1);
    if (int(words, place * WORDS + BITS) === 0) return place;
  }
  return (home + PROBES - 1) & (places - 1);
}

function prefixOf({ addressFamily, source, destination }: PacketPath): number {
  if (addressFamily === 4) return 0;
  const upper = hash(int(source, 0), int(source, 1), int(source, 2), int(destination, 0));
  return hash(upper, int(destination, 1), int(destination, 2), 6);
}
