import type { ChannelId, ChannelKey } from '../model/channel.ts';
import { OtherlegError } from '../model/error.ts';
import type { CryptoKey, LegKey } from '../model/leg.ts';
import { type CryptoLine, cryptoLines, keyProblem, sdesKeys } from '../session/sdes.ts';
import { channelKey } from './spells.ts';

/** The keys of one channel as the control API tells them. */
export type ChannelKeys = ChannelId & { readonly crypto: readonly CryptoKey[] };

/** What a patch tells of keys: session descriptions as they came, and keys by channel. */
export type KeysTold = {
  readonly sdp?: { readonly local?: string | null; readonly remote?: string | null } | null;
  readonly channels?: readonly ChannelKeys[];
};

type Lines = { readonly local: readonly CryptoLine[]; readonly remote: readonly CryptoLine[] };

type Ring = {
  readonly lines: Lines;
  readonly channels: ReadonlyMap<ChannelKey, readonly CryptoKey[]>;
  readonly current: readonly LegKey[];
  /** Those that newer ones took the place of: packets under them may still come. */
  readonly earlier: readonly LegKey[];
};

/** More than a leg with four m-lines and a re-key has; each is tried on packets that no other opens. */
const MOST_KEYS = 64;

const NOTHING: Ring = { lines: { local: [], remote: [] }, channels: new Map(), current: [], earlier: [] };

/** The SRTP keys of the legs that are measured here. In memory only: they are gone when the agent stops. */
export class KeyRing {
  readonly #rings = new Map<string, Ring>();

  /** Takes what a patch tells of a leg's keys. Descriptions and channels that tell none leave those that are known. */
  put(mediaLegId: string, told: KeysTold): void {
    const before = this.#rings.get(mediaLegId) ?? NOTHING;
    const after = ringAfter(before, told);
    if (after.current.length + after.earlier.length > 0) this.#rings.set(mediaLegId, after);
  }

  /** The usable keys of a leg, those that count now before those that they took the place of. */
  of(mediaLegId: string): readonly LegKey[] {
    const { current, earlier } = this.#rings.get(mediaLegId) ?? NOTHING;
    return [...current, ...earlier];
  }

  /** The leg is over. */
  forget(mediaLegId: string): void {
    this.#rings.delete(mediaLegId);
  }
}

function ringAfter(before: Ring, { sdp, channels = [] }: KeysTold): Ring {
  const local = linesOf(sdp?.local);
  const remote = linesOf(sdp?.remote);
  const lines = {
    local: local.length > 0 ? local : before.lines.local,
    remote: remote.length > 0 ? remote : before.lines.remote,
  };
  const byChannel = new Map(before.channels);
  for (const channel of channels) byChannel.set(channelKey(channel), channel.crypto);
  const current = distinct([...keysByChannel(byChannel), ...sdesKeys(lines.local, lines.remote)]).slice(0, MOST_KEYS);
  const toldAnew = ({ channel, direction }: LegKey): boolean =>
    channel === undefined
      ? (direction === 'outbound' ? local : remote).length > 0
      : channels.some((one) => channelKey(one) === channel);
  const replaced = before.current.filter(toldAnew);
  const all = distinct([...current, ...replaced, ...before.earlier]).slice(0, MOST_KEYS);
  return { lines, channels: byChannel, current, earlier: all.slice(current.length) };
}

const linesOf = (sdp: string | null | undefined): readonly CryptoLine[] =>
  typeof sdp === 'string' ? cryptoLines(sdp) : [];

const keysByChannel = (channels: Ring['channels']): readonly LegKey[] =>
  [...channels].flatMap(([channel, keys]) => keys.filter(isUsable).map((key) => ({ ...key, channel })));

const isUsable = (key: CryptoKey): boolean => keyProblem(key) === undefined;

const distinct = (keys: readonly LegKey[]): readonly LegKey[] => [
  ...new Map(
    keys.map((key) => [JSON.stringify([key.direction, key.suite, key.key, key.channel, key.mLine]), key]),
  ).values(),
];

/**
 * What of the told keys cannot be used, in words that hold no key. Throws BODY_INVALID for a channel's key that is none;
 * a suite that we do not know is no mistake of the caller's.
 */
export function keyProblems({ sdp, channels = [] }: KeysTold): readonly string[] {
  const byChannel = channels.flatMap((channel) =>
    channel.crypto.flatMap((key, index) => {
      const found = keyProblem(key);
      if (found === undefined) return [];
      const place = `${channelKey(channel)}, crypto ${index + 1}`;
      if (found.unsupported === true) return [`${place}: ${found.problem}`];
      throw new OtherlegError('BODY_INVALID', `${place}: ${found.problem}`, {
        hint: 'key = base64 of master key and salt as in a=crypto (RFC 4568): inline:<base64>[|lifetime][|MKI:length]',
      });
    }),
  );
  const bySide = (['local', 'remote'] as const).flatMap((side) => unusable(side, linesOf(sdp?.[side])));
  return [...byChannel, ...bySide];
}

/** An offer may hold suites that we do not know; an m-line without any that we do cannot be read. */
function unusable(side: string, lines: readonly CryptoLine[]): readonly string[] {
  return [...Map.groupBy(lines, ({ mLine }) => mLine)]
    .filter(([, ofMedium]) => ofMedium.every(({ problem }) => problem !== undefined))
    .map(([mLine, ofMedium]) => {
      const reasons = ofMedium.map(({ tag, problem }) => `a=crypto${tag === undefined ? '' : ` ${tag}`}: ${problem}`);
      return `sdp.${side}, m-line ${mLine + 1}: ${reasons.join('; ')}`;
    });
}
