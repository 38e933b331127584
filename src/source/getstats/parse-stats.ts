import { OtherlegError } from '../../model/error.ts';
import type { RtcStatsEntry, RtcStatsReport } from '../../model/rtc-stats.ts';

const HINT =
  'post {"timestamp": ms, "stats": [...entries of RTCPeerConnection.getStats()]}; see docs/metrics.md, section 7';
/** Milliseconds since the epoch: less would be seconds, or a clock of the process; more would be microseconds. */
const EARLIEST_MS = 1e11;
const LATEST_MS = 1e14;

type Members = { readonly [name: string]: unknown };

/**
 * Reads a pushed W3C stats report. Types and members that are not ours are left as they are; what must be right to measure
 * anything is checked, and STATS_INVALID names the place. Of the report's timestamp and an entry's one may be missing.
 */
export function parseStats(body: unknown): RtcStatsReport {
  const report = objectAt('body', body);
  const stats = report['stats'];
  if (!Array.isArray(stats)) throw wrong('stats', 'an array', stats);
  const told = report['timestamp'] === undefined ? undefined : timeAt('timestamp', report['timestamp']);
  const entries = stats.map((entry: unknown, index) => entryAt(`stats[${index}]`, entry, told));
  const newest = entries.reduce((latest, entry) => Math.max(latest, entry.timestamp), 0);
  return { timestamp: told ?? (newest || timeAt('timestamp', undefined)), stats: entries };
}

function entryAt(place: string, value: unknown, told: number | undefined): RtcStatsEntry {
  const entry = objectAt(place, value);
  const type = textAt(`${place}.type`, entry['type']);
  const timestamp = entry['timestamp'] === undefined ? told : timeAt(`${place}.timestamp`, entry['timestamp']);
  if (timestamp === undefined) throw wrong(`${place}.timestamp`, 'a number, or one for the whole report', undefined);
  const id = entry['id'] === undefined ? derivedId(type, entry) : textAt(`${place}.id`, entry['id']);
  return { ...entry, id, type, timestamp };
}

/** Hand-made reports may leave ids out: the SSRC, or else the mid or kind, tells their entries apart. */
function derivedId(type: string, entry: Members): string {
  const name = entry['ssrc'] ?? entry['mid'] ?? entry['kind'];
  return typeof name === 'string' || typeof name === 'number' ? `${type}/${name}` : type;
}

function objectAt(place: string, value: unknown): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(place, 'an object', value);
  // An object that is no array has members of any name.
  return value as Members;
}

function textAt(place: string, value: unknown): string {
  if (typeof value !== 'string') throw wrong(place, 'a string', value);
  return value;
}

function timeAt(place: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(place, 'a number', value);
  if (value >= EARLIEST_MS && value <= LATEST_MS) return value;
  throw wrong(place, 'milliseconds since the epoch', value);
}

function wrong(place: string, expected: string, value: unknown): OtherlegError {
  return new OtherlegError('STATS_INVALID', `${place}: expected ${expected}, got ${shown(value)}`, { hint: HINT });
}

/** What was told, short. What is inside of it is left alone: it may be of any depth. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  if (typeof value !== 'string') return String(value);
  const quoted = JSON.stringify(value.slice(0, 60));
  return quoted.length > 60 ? `${quoted.slice(0, 60)}…` : quoted;
}
