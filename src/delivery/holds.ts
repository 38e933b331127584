/** Longest time a tenant is left alone when Graph did not say for how long, in seconds. */
const LONGEST_SECONDS = 30;

/** `told`: until when Graph asked for it, as far as it did. */
type Hold = { readonly until: number; readonly strikes: number; readonly told: number };

/** Tenants that are left alone for a while, so that one that is throttled neither hammers Graph nor holds the others back. */
export class Holds {
  readonly #holds = new Map<string, Hold>();

  /** Leaves a tenant alone: until then where Graph said so (epoch seconds), otherwise 1 s, 2 s, 4 s … up to 30 s. */
  hold(tenantId: string, now: number, until?: number): void {
    const last = this.#holds.get(tenantId);
    // Attempts under way when the hold began are no further strikes.
    const strikes = last === undefined ? 0 : last.strikes + (last.until > now ? 0 : 1);
    const end = until ?? now + Math.min(LONGEST_SECONDS, 2 ** strikes);
    const told = Math.max(until ?? 0, last?.told ?? 0);
    this.#holds.set(tenantId, { until: Math.max(end, last?.until ?? end), strikes, told });
  }

  /** Leaves a tenant alone no longer than Graph itself asked for: until then (epoch seconds), undefined if not at all. */
  release(tenantId: string, now: number): number | undefined {
    const hold = this.#holds.get(tenantId);
    if (hold === undefined || hold.told <= now) this.#holds.delete(tenantId);
    else this.#holds.set(tenantId, { ...hold, until: hold.told });
    return this.#holds.get(tenantId)?.until;
  }

  /** Graph gave a verdict for this tenant: the next hold begins at 1 s again. A hold that stands, stands. */
  answered(tenantId: string, now: number): void {
    const hold = this.#holds.get(tenantId);
    if (hold !== undefined && hold.until <= now) this.#holds.delete(tenantId);
  }

  /** The clock was set back: what was counted before it does not hold any longer. */
  clear(): void {
    this.#holds.clear();
  }

  /** The tenants held at `now`. */
  tenants(now: number): readonly string[] {
    return [...this.#holds].filter(([, { until }]) => until > now).map(([tenantId]) => tenantId);
  }

  /** When the first hold that stands at `now` ends, in epoch seconds. */
  nextEnd(now: number): number | undefined {
    const ends = [...this.#holds.values()].map(({ until }) => until).filter((until) => until > now);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }
}
