import { slotOf } from '../quality/interval.ts';
import { SECOND_END, WORDS } from '../quality/packet-layout.ts';
import { showSeconds } from '../quality/packet-split.ts';
import { isTaken, MOST_SPREAD, type PacketTable } from '../quality/packet-table.ts';
import { double } from '../quality/packet-words.ts';

/** A slot's packets are complete so long after its end. Seconds. */
const LATE = 3;

/** Shows the slots of streams that fell silent, once each: when their packets come again, a hole may yet be told in them. */
export class SilentSlots {
  readonly #table: PacketTable;
  /** By stream: the latest slot that was shown. Epoch seconds. */
  readonly #shown = new Map<number, number>();
  #until: number | undefined;

  constructor(table: PacketTable) {
    this.#table = table;
  }

  /** Slots that are given out now are shown, and not closed. */
  get isShowing(): boolean {
    return this.#until !== undefined;
  }

  /** Whether the slot that began then is due to be shown. */
  isDue(startedAt: number): boolean {
    return this.#until !== undefined && startedAt <= this.#until;
  }

  /** Gives out what is due at `micros`. Live, about each second: what outages cost to tell is paid back with it. */
  show(micros: number): void {
    const table = this.#table;
    const { slotSeconds } = table;
    const until = micros / 1e6 - slotSeconds - LATE;
    table.spreadLeft = Math.min(MOST_SPREAD, table.spreadLeft + 1);
    this.#until = until;
    for (let stream = 0; stream < table.size; stream += 1) {
      if (!isTaken(table, stream)) continue;
      const second = double(table.doubles, stream * WORDS + SECOND_END) / 1e6 - 1;
      const last = slotOf(Math.min(second, until), slotSeconds);
      if (slotOf(second - 2, slotSeconds) > until || (this.#shown.get(stream) ?? 0) >= last) continue;
      this.#shown.set(stream, last);
      showSeconds(table, stream);
    }
    this.#until = undefined;
  }

  forget(stream: number): void {
    this.#shown.delete(stream);
  }
}
