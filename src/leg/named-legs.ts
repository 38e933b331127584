import { OtherlegError } from '../model/error.ts';
import type { Series } from '../model/interval.ts';
import type { Leg, LegOnWire } from '../model/leg.ts';
import { legIdOf } from '../session/leg-id.ts';
import type { Store } from '../store/store.ts';
import type { LegPatch } from './control.ts';
import type { AliasedLegs, EndAsk, Ended, LegView, Put, Reconciled } from './leg.ts';
import type { LiveLegs } from './legs.ts';
import { Turns } from './turns.ts';

/**
 * A patch, and what the wire told; `isAnother`: not of the ended leg that had the alias, but of a new one, under
 * `mediaLegId` if that is told.
 */
export type Told = {
  readonly patch: LegPatch;
  readonly wire?: LegOnWire;
  readonly isAnother?: boolean;
  readonly mediaLegId?: string;
};

/** What is to be written of the leg that has an alias, as it stands; undefined: nothing. */
export type Change = (leg: Leg | undefined) => Told | undefined;

/**
 * The legs also by other names than their own: aliases (SIP Call-ID, H.323 conference id, the gateway's own id), and the
 * gateway they are on. Whoever tells of a call under one of its names, the gateway, the bot or the wire, in whatever order
 * and at the same time, tells of one leg.
 */
export class NamedLegs implements AliasedLegs {
  readonly #legs: LiveLegs;
  readonly #store: Pick<Store, 'leg'>;
  readonly #turns = new Turns();

  constructor(legs: LiveLegs, store: Pick<Store, 'leg'>) {
    this.#legs = legs;
    this.#store = store;
  }

  async put(mediaLegId: string, patch: LegPatch): Promise<Put> {
    return this.#inTurn(patch.aliases ?? [], async () => {
      for (const alias of patch.aliases ?? []) {
        const found = this.liveNamed(alias);
        if (found?.wire?.alone && found.mediaLegId !== mediaLegId) return this.#adopt(found, mediaLegId, patch);
      }
      return this.#legs.put(mediaLegId, patch);
    });
  }

  end(mediaLegId: string, ask: EndAsk): Promise<Ended> {
    return this.#legs.end(mediaLegId, ask);
  }

  view(mediaLegId: string): Promise<LegView> {
    return this.#legs.view(mediaLegId);
  }

  live(mediaLegId: string): Promise<Leg> {
    return this.#legs.live(mediaLegId);
  }

  committed(): Promise<void> {
    return this.#legs.committed();
  }

  async named(alias: string): Promise<string> {
    const leg = await this.#named(alias);
    if (leg !== undefined) return leg.mediaLegId;
    throw new OtherlegError('LEG_UNKNOWN', `no leg has the alias ${JSON.stringify(alias)}`, {
      hint: 'begin it with PUT /v1/legs/by-alias/{alias}',
    });
  }

  async putNamed(alias: string, patch: LegPatch): Promise<Put> {
    const change: Change = (leg) => ({ patch: withAlias(alias, patch, leg) });
    const put = await this.change(alias, legIdOf(alias), change, patch.aliases ?? []);
    if (put === undefined) throw new OtherlegError('INTERNAL', `nothing was told of ${alias}`);
    return put;
  }

  async reconcile(gateway: string, live: readonly string[]): Promise<Reconciled> {
    const named = new Set(live.map((name) => name.toLowerCase()));
    const isNamed = ({ mediaLegId, control }: Leg): boolean =>
      [mediaLegId, ...(control.aliases ?? [])].some((name) => named.has(name.toLowerCase()));
    const own = [...this.#legs.all()].filter(({ control }) => control.gateway === gateway);
    const gone = own.filter((leg) => !isNamed(leg)).map(({ mediaLegId }) => mediaLegId);
    await Promise.all(gone.map((mediaLegId) => this.#legs.endSilent(mediaLegId, 'gateway-restart')));
    const known = new Set(
      [...this.#legs.all()].flatMap(({ mediaLegId, control }) =>
        [mediaLegId, ...(control.aliases ?? [])].map((name) => name.toLowerCase()),
      ),
    );
    return { ended: gone, unknown: live.filter((name) => !known.has(name.toLowerCase())) };
  }

  /** The leg that is live here under an alias; the one that began last, if a gateway gave it to several. */
  liveNamed(alias: string): Leg | undefined {
    let newest: Leg | undefined;
    for (const leg of this.#legs.all()) {
      if (leg.control.aliases?.includes(alias) && leg.startedAt >= (newest?.startedAt ?? leg.startedAt)) newest = leg;
    }
    return newest;
  }

  /**
   * Changes the leg that has an alias, or begins it as `mediaLegId`: one change after another under each alias, so that
   * two who begin it at the same time begin one leg. Undefined if there was nothing to write.
   */
  change(alias: string, mediaLegId: string, change: Change, others: readonly string[] = []): Promise<Put | undefined> {
    return this.#inTurn([alias, ...others], async () => {
      const leg = await this.#named(alias);
      const made = change(leg);
      const id = made?.isAnother ? (made.mediaLegId ?? mediaLegId) : (leg?.mediaLegId ?? mediaLegId);
      return made && this.#legs.put(id, made.patch, made.wire && { wire: made.wire });
    });
  }

  async #named(alias: string): Promise<Leg | undefined> {
    return this.liveNamed(alias) ?? (await this.#store.leg({ alias }));
  }

  /** The gateway tells of a call that was found on the wire, under an id of its own: the found leg goes on as that one. */
  async #adopt(found: Leg, mediaLegId: string, patch: LegPatch): Promise<Put> {
    const own = [...this.#legs.all()].find((leg) => leg.mediaLegId === mediaLegId);
    const startedAt = own?.startedAt ?? found.startedAt;
    const aliases = [...new Set([...(patch.aliases ?? []), ...(found.control.aliases ?? [])])];
    const { alone: _, sdp, ...seen } = found.wire ?? {};
    const isTold = own?.control.sdp !== undefined || patch.sdp !== undefined;
    const wire = { ...seen, ...(sdp && !isTold ? { sdp } : {}) };
    const { series, at } = await this.#legs.retire(found.mediaLegId);
    const before = { series: renamed(series, found.mediaLegId, mediaLegId), at };
    const all = { ...found.control, startedAt, ...own?.control, ...patch, aliases };
    return this.#legs.put(mediaLegId, all, { wire, before });
  }

  /** After whatever is under way of one of these aliases. Always in one order, so that no two wait for each other. */
  #inTurn<T>(aliases: readonly string[], work: () => Promise<T>): Promise<T> {
    const [first, ...rest] = [...new Set(aliases)].toSorted();
    return first === undefined ? work() : this.#turns.take(first, () => this.#inTurn(rest, work));
  }
}

/** A patch under an alias leaves the leg that alias. */
function withAlias(alias: string, patch: LegPatch, leg: Leg | undefined): LegPatch {
  const told = patch.aliases === undefined ? (leg?.control.aliases ?? []) : (patch.aliases ?? []);
  return { ...patch, aliases: [...new Set([...told, alias])] };
}

/** What was measured of a leg, as another's. */
function renamed(series: Series, from: string, to: string): Series {
  const own = (streamId: string): string =>
    streamId.includes(from) ? streamId.replace(from, to) : `${to}/${streamId}`;
  return {
    mediaLegId: to,
    streams: series.streams.map(({ continues, ...stream }) => ({
      ...stream,
      streamId: own(stream.streamId),
      mediaLegId: to,
      ...(continues === undefined ? {} : { continues: own(continues) }),
    })),
    intervals: series.intervals.map((interval) => ({ ...interval, streamId: own(interval.streamId) })),
    presence: [],
  };
}
