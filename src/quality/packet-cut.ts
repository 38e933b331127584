import * as layout from './packet-layout.ts';
import { type Count, type Cut, type Parting, wholeSeconds } from './packet-parting.ts';
import { closeSlot, slotIsEmpty } from './packet-slot.ts';
import type { PacketTable } from './packet-table.ts';
import { putWindow, type Window, windowAt } from './packet-window.ts';
import * as reads from './packet-words.ts';

// Own constants: an import costs a look-up at each use (packet-layout.ts).
const {
  BOUNDARIES,
  FIRST_AT,
  HIGHEST,
  NOW,
  PENDING,
  PENDING_WORDS,
  RECEIVED,
  SECOND_END,
  SECOND_FRAMES,
  SECOND_JITTER_F,
  SECOND_JITTER_MAXIMUM_F,
  SECOND_MEDIA,
  SECOND_OCTETS,
  SECOND_UPDATES,
  SLOT_FRAMES,
  SLOT_JITTER_COUNT,
  SLOT_JITTER_F,
  SLOT_JITTER_MAXIMUM_F,
  SLOT_LOST,
  SLOT_OCTETS,
  SLOT_OF,
  SLOT_PACKETS,
  SLOT_TIMES,
  SLOT_WORST_F,
  WORDS,
} = layout;
const { double, int, single } = reads;

/** More turns of a stream that wait for their second to close are an attack. */
const MOST_CUTS = 64;

const NOTHING: Count = { received: 0, media: 0, frames: 0, octets: 0, jitter: 0, updates: 0, maximum: 0 };

/**
 * Parts the slot of a stream at a moment: what came before and what comes after are given out as slots of their own, to
 * the packet, while the stream goes on as it is. Nothing is done with a packet for it: the counts of the second are kept
 * until that second closes. False: before its first packet there is nothing to part, and a moment long past is given out.
 */
export function partSlot(table: PacketTable, stream: number, micros: number): boolean {
  const w = stream * WORDS;
  if (micros <= double(table.doubles, w + FIRST_AT)) return false;
  const second = Math.floor(micros / 1e6);
  const now = double(table.doubles, w + SECOND_END) / 1e6 - 1;
  const parting: Parting = table.partings.get(stream) ?? { cuts: [], from: 0, jitter: new Map() };
  const last = parting.cuts.at(-1);
  if (second < now - 2 || parting.cuts.length >= MOST_CUTS || (last !== undefined && last.at >= micros)) return false;
  table.partings.set(stream, parting);
  parting.cuts.push({ at: micros, second, ...countedAt(table, w, second, now) });
  return true;
}

/** What a second has counted so far, and the first number behind that. */
function countedAt(table: PacketTable, w: number, second: number, now: number): Pick<Cut, 'boundary' | 'count'> {
  const { words, floats } = table;
  if (second > now) return { boundary: undefined, count: NOTHING };
  const at = w + (second === now ? NOW : PENDING + (second & 1) * PENDING_WORDS);
  const boundary = second === now ? int(words, w + HIGHEST) + 1 : int(words, w + BOUNDARIES + ((second + 1) & 7));
  const isOpen = second === now;
  const count = {
    received: int(words, at + RECEIVED),
    media: int(words, at + SECOND_MEDIA),
    frames: int(words, at + SECOND_FRAMES),
    octets: int(words, at + SECOND_OCTETS),
    jitter: isOpen ? single(floats, at + SECOND_JITTER_F) : Math.max(0, single(floats, at + SECOND_JITTER_F)),
    updates: isOpen ? int(words, at + SECOND_UPDATES) : single(floats, at + SECOND_JITTER_F) < 0 ? 0 : 1,
    maximum: single(floats, at + SECOND_JITTER_MAXIMUM_F),
  };
  return { boundary: boundary | 0, count };
}

/** A packet `distance` ahead comes at `micros`: which number was reached at moments of the silence, on the line from `from` to `to`. */
export function reachCuts(
  parting: Parting,
  highest: number,
  line: { readonly from: number; readonly to: number },
  micros: number,
  distance: number,
): void {
  for (const cut of parting.cuts) {
    if (cut.boundary !== undefined || cut.at > micros) continue;
    const share = line.to > line.from ? Math.ceil(((cut.at - line.from) * distance) / (line.to - line.from)) : distance;
    cut.boundary = (highest + Math.max(1, Math.min(distance, share))) | 0;
  }
}

/** The current second ends: its jitter is a mean from here on. */
export function keepJitter({ words, floats }: PacketTable, w: number, parting: Parting, second: number): void {
  if (!parting.cuts.some((cut) => cut.second === second)) return;
  parting.jitter.set(second, {
    jitter: single(floats, w + NOW + SECOND_JITTER_F),
    updates: int(words, w + NOW + SECOND_UPDATES),
    maximum: single(floats, w + NOW + SECOND_JITTER_MAXIMUM_F),
  });
}

const window: Window = { lossRatio: 0, seconds: 0 };

/**
 * A second closes: gives out what came before each moment in it, and leaves in the slot what is to be taken from the whole
 * second that is added next. Answers what `settleCut` needs behind that; undefined: no moment lies in the second.
 */
export function closeCuts(
  table: PacketTable,
  stream: number,
  { second, expected, lived, isClean }: { second: number; expected: number; lived: number; isClean: boolean },
): Count | undefined {
  const parting = table.partings.get(stream);
  if (parting === undefined) return undefined;
  passCuts(parting, second);
  const w = stream * WORDS;
  const first = int(table.words, w + BOUNDARIES + (second & 7));
  let before: Count | undefined;
  let reached = 0;
  while (parting.cuts[0]?.second === second) {
    const cut = parting.cuts.shift();
    if (cut === undefined) break;
    const behind = Math.min(expected, Math.max(reached, ((cut.boundary ?? first) - first) | 0));
    const part = { count: minus(cut.count, before ?? NOTHING), expected: behind - reached };
    addPart(table, w, part, isClean, 1);
    if (isClean) addWindow(table, w, { second, ...part }, wholeSeconds(parting, second, lived));
    if (!slotIsEmpty(table, w)) closeSlot(table, stream, slotBegin(table, second), cut.at / 1e6);
    parting.from = cut.at / 1e6;
    before = cut.count;
    reached = behind;
  }
  if (before !== undefined) addPart(table, w, { count: before, expected: reached }, isClean, -1);
  return before;
}

const slotBegin = ({ slotSeconds }: PacketTable, second: number): number =>
  Math.floor(second / slotSeconds) * slotSeconds;

/** Moments of seconds that no packet lies in. */
function passCuts(parting: Parting, second: number): void {
  while ((parting.cuts[0]?.second ?? second) < second) {
    parting.from = (parting.cuts.shift()?.at ?? 0) / 1e6;
  }
}

const minus = (a: Count, b: Count): Count => ({
  received: a.received - b.received,
  media: a.media - b.media,
  frames: a.frames - b.frames,
  octets: a.octets - b.octets,
  jitter: a.jitter - b.jitter,
  updates: a.updates - b.updates,
  maximum: a.maximum > b.maximum ? a.maximum : 0,
});

type Part = { readonly count: Count; readonly expected: number };

function addPart({ words, floats }: PacketTable, w: number, { count, expected }: Part, isClean: boolean, sign: number) {
  const add = (at: number, value: number): void => {
    words[w + at] = int(words, w + at) + sign * value;
  };
  add(SLOT_PACKETS, count.media);
  if (isClean) {
    add(SLOT_OCTETS, count.octets);
    add(SLOT_FRAMES, count.frames);
    add(SLOT_LOST, expected - count.received);
    add(SLOT_OF, expected);
  }
  if (sign < 0 || count.updates <= 0) return;
  add(SLOT_JITTER_COUNT, 1);
  floats[w + SLOT_JITTER_F] = single(floats, w + SLOT_JITTER_F) + count.jitter / count.updates;
  if (count.maximum > single(floats, w + SLOT_JITTER_MAXIMUM_F)) floats[w + SLOT_JITTER_MAXIMUM_F] = count.maximum;
}

function addWindow(
  { words, floats, slotSeconds }: PacketTable,
  w: number,
  { second, count, expected }: Part & { readonly second: number },
  lived: number,
): void {
  putWindow(words, w, second, expected, count.received);
  if (!windowAt(words, w, second, lived, window)) return;
  const ratio = Math.fround(window.lossRatio);
  if (ratio <= single(floats, w + SLOT_WORST_F)) return;
  floats[w + SLOT_WORST_F] = ratio;
  const times = (second - Math.floor(second / slotSeconds) * slotSeconds) | (window.seconds << 8);
  words[w + SLOT_TIMES] = (int(words, w + SLOT_TIMES) & ~0xffff) | times;
}

/** The whole second was added: its jitter and its window are not those of the part behind the last moment. */
export function settleCut(table: PacketTable, stream: number, second: number, before: Count): void {
  const w = stream * WORDS;
  const { words, floats } = table;
  const parting = table.partings.get(stream);
  const whole = parting?.jitter.get(second);
  parting?.jitter.delete(second);
  // The estimate began anew in this second: what it had before is no part of its sum.
  const isNew = whole !== undefined && whole.updates < before.updates;
  const after =
    whole === undefined ? NOTHING : isNew ? { ...NOTHING, ...whole } : minus({ ...NOTHING, ...whole }, before);
  const has = after.updates > 0;
  words[w + SLOT_JITTER_COUNT] = has ? 1 : 0;
  floats[w + SLOT_JITTER_F] = has ? after.jitter / after.updates : 0;
  floats[w + SLOT_JITTER_MAXIMUM_F] = has ? after.maximum : 0;
  floats[w + SLOT_WORST_F] = 0;
}

/** Forgets what a stream has left behind it, once no window reaches back there. */
export function forgetCuts(table: PacketTable, stream: number, second: number): void {
  const parting = table.partings.get(stream);
  if (parting !== undefined && parting.cuts.length === 0 && second - parting.from > layout.WINDOW_SECONDS)
    table.partings.delete(stream);
}
