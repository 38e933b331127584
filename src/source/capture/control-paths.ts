import type { Path } from '../../meter/options.ts';
import type { Direction, Endpoint } from '../../model/channel.ts';
import type { Claim } from './live-claims.ts';
import type { LiveLeg } from './live-leg.ts';
import type { Candidate } from './live-match.ts';

/** Paths whose leg is remembered; floods of made-up ones only cost the search. */
const MOST = 16_384;
/** No SSRC: reports have a sender, and their leg is sought by sockets. */
const NONE = -1;

type Found = { readonly leg: LiveLeg; readonly direction: Direction };

/** The legs by the paths of their RTCP: that of the media, the next ports, or as was told. */
export class ControlPaths {
  readonly #claimOf: (stream: Candidate) => Claim<LiveLeg> | undefined;
  readonly #found = new Map<string, Found | undefined>();
  /** The media's sockets by one that was told for its RTCP (RFC 3605), by the legs that told it; the latest last. */
  readonly #media = new Map<string, Map<LiveLeg, Endpoint>>();

  constructor(claimOf: (stream: Candidate) => Claim<LiveLeg> | undefined) {
    this.#claimOf = claimOf;
  }

  add(leg: LiveLeg): void {
    this.#found.clear();
    for (const { rtcp, local, remote } of leg.plan.lines) {
      this.#put(leg, rtcp.local, local[0]);
      this.#put(leg, rtcp.remote, remote[0]);
    }
  }

  #put(leg: LiveLeg, rtcp: Endpoint | undefined, media: Endpoint | undefined): void {
    if (rtcp === undefined || media === undefined) return;
    const owners = this.#media.get(keyOf(rtcp)) ?? new Map<LiveLeg, Endpoint>();
    this.#media.set(keyOf(rtcp), owners.set(leg, media));
  }

  delete(leg: LiveLeg): void {
    this.#found.clear();
    for (const { rtcp } of leg.plan.lines) {
      for (const end of [rtcp.local, rtcp.remote]) {
        const owners = end && this.#media.get(keyOf(end));
        owners?.delete(leg);
        if (end !== undefined && owners?.size === 0) this.#media.delete(keyOf(end));
      }
    }
  }

  /** Claims have changed. */
  forget(): void {
    this.#found.clear();
  }

  of(path: Path): Found | undefined {
    const key = `${keyOf(path.source)}>${keyOf(path.destination)}`;
    if (this.#found.has(key)) return this.#found.get(key);
    const below = { source: portBefore(path.source), destination: portBefore(path.destination) };
    const claims = [path, this.mediaPathOf(path), below].flatMap(
      (way) => (way && this.#claimOf({ ...way, ssrc: NONE })) ?? [],
    );
    const found = claims.reduce<Claim<LiveLeg> | undefined>(
      (best, claim) => (best === undefined || claim.rank > best.rank ? claim : best),
      undefined,
    );
    if (this.#found.size >= MOST) this.#found.clear();
    this.#found.set(key, found && { leg: found.leg, direction: found.direction });
    return found;
  }

  /** The media's path of RTCP whose sockets were told; undefined where neither was. */
  mediaPathOf({ source, destination }: Path): Path | undefined {
    const [from, to] = [this.#mediaOf(source), this.#mediaOf(destination)];
    if (from === undefined && to === undefined) return undefined;
    return { source: from ?? portBefore(source), destination: to ?? portBefore(destination) };
  }

  #mediaOf(rtcp: Endpoint): Endpoint | undefined {
    return [...(this.#media.get(keyOf(rtcp))?.values() ?? [])].at(-1);
  }
}

const keyOf = ({ address, port }: Endpoint): string => `${address}|${port}`;

const portBefore = ({ address, port }: Endpoint): Endpoint => ({ address, port: port - 1 });
