import { readFileSync, readSync } from 'node:fs';
import { CaptureFile, type RecordSink } from '../../packet/capture-file.ts';
import type { Handover } from './handover.ts';

/** More than a pipe holds (64 KiB): what one read leaves came after it. */
export const CHUNK = 128 * 1024;

/** dumpcap writes eight times a second: after such a silence nothing is under way. Seconds. */
const SILENCE = 0.3;
/** From a count to the one by which all of it must have come. Seconds. */
const BETWEEN_CHECKS = 0.5;
const AFTER_POLL = 0.005;

/** What one turn of reading found: octets, nothing yet, or that there will be no more. */
export type Turn = { readonly octets: number; readonly over: boolean };

/** What a feed is told of its capture. `pid` is absent where its sleep tells nothing. Epoch seconds. */
export type FeedOptions = {
  readonly feed: number;
  readonly fd: number;
  readonly begunAt: number;
  readonly pid?: number;
  /** It answers polls, so that what it lost can be known. */
  readonly counts: boolean;
};

/** One capture's output: read as it comes, without ever blocking, and handed on record by record. Times in epoch seconds. */
export class Feed implements RecordSink {
  readonly id: number;
  readonly fd: number;
  readonly counts: boolean;
  /** When it began to see packets, and when it last told the kernel's counts. */
  listensAt: number | undefined;
  polledAt: number | undefined;
  /** Stamp of the last record, microseconds; 0 before the first. */
  lastMicros = 0;
  /** While it takes over from another, or another from it; and which of both. */
  handover: Handover | undefined;
  takesOver = false;
  readonly #sink: RecordSink;
  readonly #file: CaptureFile;
  readonly #pid: number | undefined;
  #isSilent = true;
  #records = 0;
  #missing = 0;
  #checked: { readonly captured: number; readonly at: number };
  /** Up to then all came that was captured, or was told to be missing. */
  #soundUntil: number;
  /** When octets last came, and when its pipe was last seen empty: by the wall clock. */
  #busyAt: number;
  #emptyAt = 0;
  /** When it was last seen asleep, 0 if octets came since; and such a time at which its pipe was empty too. */
  #asleepAt = 0;
  #idleAt = 0;

  constructor({ feed, fd, begunAt, pid, counts }: FeedOptions, sink: RecordSink) {
    this.id = feed;
    this.fd = fd;
    this.counts = counts;
    this.#busyAt = begunAt;
    this.#checked = { captured: 0, at: begunAt };
    this.#soundUntil = begunAt;
    this.#pid = pid;
    this.#sink = sink;
    this.#file = new CaptureFile(this);
  }

  /** Why its octets make no sense. */
  get damage(): string | undefined {
    return this.#file.counters.damage?.reason;
  }

  /**
   * Everything captured up to then has been read. Records come in order, so the last one tells. Where none come: a capture
   * sleeps only while its ring is empty, or its pipe full; if the pipe is empty after that, nothing was under way. (An empty
   * pipe alone tells nothing: each read empties it, also while packets wait in the ring; nor does an answer to a signal.)
   */
  get shownUntil(): number {
    const silent = this.#isSilent && this.#emptyAt - this.#busyAt >= SILENCE ? this.#emptyAt - SILENCE : 0;
    return Math.max(this.lastMicros / 1e6, this.#idleAt, silent);
  }

  /** Looks whether the capture sleeps. */
  look(now: number): void {
    const state = this.#pid === undefined ? undefined : stateOf(this.#pid);
    this.#isSilent = state === undefined;
    if (state === 'S') this.#asleepAt = now;
  }

  /** Takes the answer to a poll; returns the packets now known to have been captured since a time and never to have come. */
  polled(captured: number, at: number): { readonly count: number; readonly since: number } {
    this.polledAt = at;
    const checked = this.#checked;
    const since = this.#soundUntil;
    if (at - checked.at < BETWEEN_CHECKS || this.#emptyAt < checked.at + AFTER_POLL) return { count: 0, since };
    this.#checked = { captured, at };
    const count = Math.max(0, checked.captured - this.#records - this.#missing);
    this.#missing += count;
    this.#soundUntil = checked.at;
    return { count, since };
  }

  /** Reads what is there, at most one chunk, and measures it. */
  read(chunk: Uint8Array, now: number): Turn {
    const octets = readNow(this.fd, chunk);
    if (octets === 0) return { octets: 0, over: true };
    if (octets < chunk.length) this.#emptyAt = now;
    if (octets < 0) {
      if (this.#asleepAt > 0) this.#idleAt = this.#asleepAt;
      return { octets: 0, over: false };
    }
    this.#asleepAt = 0; // it may have slept because its pipe was full
    this.#busyAt = now;
    this.#file.push(chunk.subarray(0, octets));
    return { octets, over: this.damage !== undefined };
  }

  record(
    octets: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    micros: number,
    linkType: number,
    interfaceId: number,
    originalLength: number,
  ): void {
    this.#records += 1;
    this.lastMicros = micros;
    if (this.handover === undefined || this.#counts(this.handover, octets, start, end, micros)) {
      this.#sink.record(octets, view, start, end, micros, linkType, interfaceId, originalLength);
    }
  }

  drops(interfaceId: number, count: number, micros: number): void {
    this.#sink.drops?.(interfaceId, count, micros);
  }

  #counts(handover: Handover, octets: Uint8Array, start: number, end: number, micros: number): boolean {
    return this.takesOver ? handover.new(octets, start, end) : handover.old(octets, start, end, micros);
  }
}

/** Octets read, 0 at the end, -1 if there is nothing now. An error is the end: the descriptor is the reader's own. */
function readNow(fd: number, chunk: Uint8Array): number {
  const { stackTraceLimit } = Error;
  // Most turns of a quiet reader end in an exception; collecting its stack would cost more than the turn.
  Error.stackTraceLimit = 0;
  try {
    return readSync(fd, chunk, 0, chunk.length, null);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EAGAIN' ? -1 : 0;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The state of a process (proc_pid_stat(5)): S = it sleeps. Undefined where it cannot be seen. */
function stateOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.charAt(stat.lastIndexOf(')') + 2);
  } catch {
    return undefined;
  }
}
