import type { Series } from '../model/interval.ts';
import { type KeyedStreams, type Line, MeasuredRows } from './measured-rows.ts';

/** What the text of a piece says. */
type Told = { readonly streams: KeyedStreams; readonly rows: readonly Line[] };

/** The pieces of one leg, put in the order in which they were read. Knows no database: the thread that joins has none to load. */
export class PieceJoin {
  readonly #rows: MeasuredRows;

  constructor(mediaLegId: string) {
    this.#rows = new MeasuredRows(mediaLegId);
  }

  put(text: string): void {
    const { streams, rows } = JSON.parse(text) as Told; // written by `readPiece` only
    this.#rows.put(streams, rows);
  }

  series(): Series {
    return this.#rows.series();
  }
}
