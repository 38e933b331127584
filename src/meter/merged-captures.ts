import { type CaptureCounters, CaptureFile, type RecordSink } from '../packet/capture-file.ts';

type Kept = { readonly micros: number; readonly give: (sink: RecordSink) => void };

/** One file of several: its records wait until those of all others are known to be later. */
class Waiting implements RecordSink {
  readonly file: CaptureFile = new CaptureFile(this);
  readonly #kept: Kept[] = [];
  readonly #interfaceOf: (interfaceId: number) => number;
  #given = 0;
  ended = false;

  constructor(interfaceOf: (interfaceId: number) => number) {
    this.#interfaceOf = interfaceOf;
  }

  get head(): Kept | undefined {
    return this.#kept[this.#given];
  }

  next(): Kept | undefined {
    const kept = this.#kept[this.#given++];
    if (this.#given === this.#kept.length) {
      this.#kept.length = 0;
      this.#given = 0;
    }
    return kept;
  }

  record(...[octets, , start, end, micros, linkType, interfaceId, length]: Parameters<RecordSink['record']>): void {
    // A copy in any case: `slice` of a Node Buffer is none.
    const own = new Uint8Array(octets.subarray(start, end));
    const view = new DataView(own.buffer);
    const merged = this.#interfaceOf(interfaceId);
    const give = (sink: RecordSink): void => sink.record(own, view, 0, own.length, micros, linkType, merged, length);
    this.#kept.push({ micros, give });
  }

  drops(interfaceId: number, count: number, micros: number): void {
    const merged = this.#interfaceOf(interfaceId);
    this.#kept.push({ micros, give: (sink) => sink.drops?.(merged, count, micros) });
  }
}

/**
 * One or several capture files as one capture, merged by time. Only the records of one chunk a file wait. Within a file
 * the order stays as it is: time may run backwards there by what two interfaces differ.
 */
export class MergedCaptures {
  readonly #sink: RecordSink;
  readonly #files: readonly Waiting[];
  readonly #single: CaptureFile | undefined;
  #singleEnded = false;

  /** `count` files, numbered from 0. */
  constructor(sink: RecordSink, count: number) {
    this.#sink = sink;
    const interfaces = new Map<string, number>();
    const numbered = (file: number) => (interfaceId: number) => {
      const key = `${file}/${interfaceId}`;
      const known = interfaces.get(key) ?? interfaces.size;
      interfaces.set(key, known);
      return known;
    };
    this.#single = count === 1 ? new CaptureFile(sink) : undefined;
    this.#files = count === 1 ? [] : Array.from({ length: count }, (_, file) => new Waiting(numbered(file)));
  }

  /** The file whose next octets are needed to go on; undefined when all are over. */
  get wants(): number | undefined {
    if (this.#single !== undefined) return this.#singleEnded ? undefined : 0;
    const index = this.#files.findIndex(({ ended, head }) => !ended && head === undefined);
    return index < 0 ? undefined : index;
  }

  /** The next octets of a file; they may be reused when it returns. Octets after the damage of a file are passed over. */
  push(file: number, chunk: Uint8Array): void {
    this.#reader(file)?.push(chunk);
    this.#merge();
  }

  /** The file is over. */
  end(file: number): void {
    this.#reader(file)?.end();
    const waiting = this.#files[file];
    if (waiting === undefined) this.#singleEnded = true;
    else waiting.ended = true;
    this.#merge();
  }

  /** What a file was. */
  counters(file: number): CaptureCounters | undefined {
    return this.#reader(file)?.counters;
  }

  #reader(file: number): CaptureFile | undefined {
    return this.#single ?? this.#files[file]?.file;
  }

  #merge(): void {
    while (this.wants === undefined) {
      let first: Waiting | undefined;
      for (const file of this.#files) {
        if (file.head !== undefined && file.head.micros < (first?.head?.micros ?? Number.POSITIVE_INFINITY))
          first = file;
      }
      if (first === undefined) return;
      first.next()?.give(this.#sink);
    }
  }
}
