import type { Endpoint } from '../../model/channel.ts';
import { type Candidate, type Match, matchOf, RANK } from './live-match.ts';
import type { LegPlan } from './live-plan.ts';

/** A leg that claims streams. */
export type Claimant = { readonly plan: LegPlan; readonly startedAt: number };

/** A claim that no other leg has a better one to. */
export type Claim<Leg> = Match & { readonly leg: Leg };

/** Which leg a stream belongs to, among all that are followed: those that can have it are found by what they told. */
export class Claims<Leg extends Claimant> {
  readonly #bySocket = new Map<string, Set<Leg>>();
  readonly #byPort = new Map<number, Set<Leg>>();
  readonly #bySsrc = new Map<number, Set<Leg>>();
  readonly #byDevice = new Map<string, Set<Leg>>();

  add(leg: Leg): void {
    this.#each(leg, (map, key) => {
      const legs = map.get(key);
      if (legs === undefined) map.set(key, new Set([leg]));
      else legs.add(leg);
    });
  }

  /** Before its plan changes, or when it is over. */
  delete(leg: Leg): void {
    this.#each(leg, (map, key) => {
      const legs = map.get(key);
      legs?.delete(leg);
      if (legs?.size === 0) map.delete(key);
    });
  }

  /** The surest claim; of equal ones that of the leg that began last. */
  of(stream: Candidate): Claim<Leg> | undefined {
    const { source, destination, ssrc } = stream;
    return (
      this.#best(stream, [
        this.#bySocket.get(keyOf(destination)),
        this.#bySocket.get(keyOf(source)),
        this.#bySsrc.get(ssrc),
      ]) ??
      this.#best(stream, [this.#byPort.get(destination.port), this.#byPort.get(source.port)]) ??
      // Of an address that several legs have none has the stream: hundreds may stand behind one.
      this.#best(stream, [this.#byDevice.get(source.address), this.#byDevice.get(destination.address)].filter(isOne))
    );
  }

  #best(stream: Candidate, found: readonly (ReadonlySet<Leg> | undefined)[]): Claim<Leg> | undefined {
    let best: Claim<Leg> | undefined;
    for (const legs of found) {
      for (const leg of legs ?? []) {
        const match = this.#match(leg, stream);
        if (match === undefined) continue;
        const later = best === undefined || leg.startedAt >= best.leg.startedAt;
        if (best === undefined || match.rank > best.rank || (match.rank === best.rank && later))
          best = { ...match, leg };
      }
    }
    return best;
  }

  #match(leg: Leg, stream: Candidate): Match | undefined {
    const match = matchOf(leg.plan, stream);
    if (match === undefined || match.rank > RANK.localPort) return match;
    if (match.rank > RANK.deviceAddress) {
      const port = match.direction === 'inbound' ? stream.destination.port : stream.source.port;
      return this.#byPort.get(port)?.size === 1 ? match : undefined;
    }
    const address = match.direction === 'inbound' ? stream.source.address : stream.destination.address;
    return this.#byDevice.get(address)?.size === 1 ? match : undefined;
  }

  #each({ plan }: Leg, act: <K extends string | number>(map: Map<K, Set<Leg>>, key: K) => void): void {
    for (const { local, remote, ssrcs } of plan.lines) {
      for (const end of [...local, ...remote]) act(this.#bySocket, keyOf(end));
      for (const { port } of local) act(this.#byPort, port);
      for (const ssrc of [...ssrcs.any, ...ssrcs.inbound, ...ssrcs.outbound]) act(this.#bySsrc, ssrc);
    }
    for (const address of plan.addresses.remote) act(this.#byDevice, address);
  }
}

const isOne = (legs: ReadonlySet<unknown> | undefined): boolean => legs?.size === 1;

const keyOf = ({ address, port }: Endpoint): string => `${address}|${port}`;
