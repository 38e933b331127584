import type { Series } from '../model/interval.ts';
import type { Leg } from '../model/leg.ts';
import type { Source } from './leg.ts';
import type { LiveLeg } from './live-leg.ts';

/** The sources that measure live legs, as far as each leg wants them. */
export class LegSources {
  readonly #sources: readonly Source[];

  constructor(sources: readonly Source[]) {
    this.#sources = sources;
  }

  /** A leg began or was changed. */
  follow(leg: Leg): void {
    for (const source of this.#of(leg)) source.follow(leg);
  }

  /** A leg goes on with what was measured of it, until `at` (epoch seconds) if that is known. */
  resume({ leg, cursors }: LiveLeg, series: Series, at?: number): void {
    for (const source of this.#of(leg)) {
      const cursor = cursors.get(source.kind);
      source.follow(leg, { series, ...(cursor && { cursor }), ...(at === undefined ? {} : { at }) });
    }
  }

  /** A leg ends at `at`: resolves when all that was measured of it is told. */
  async release(mediaLegId: string, at: number): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.release(mediaLegId, at)));
  }

  #of(leg: Leg): readonly Source[] {
    const wanted = leg.control.sources ?? leg.device.sources;
    return wanted === undefined ? this.#sources : this.#sources.filter(({ kind }) => wanted.includes(kind));
  }
}
