import type { Endpoint, Media, PayloadType } from '../model/channel.ts';
import { weightOfLine } from './described-weight.ts';
import type { CallSide, Descriptions } from './negotiation.ts';
import { RecentMap } from './recent-map.ts';
import type { SdpMedia } from './sdp.ts';

/** One packet of which the format is asked. `ssrc` unsigned. */
export type PacketHint = {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly ssrc: number;
  readonly payloadType: number;
};

/** What a payload type means where the packet was seen. */
export type SignalledFormat = {
  readonly codec?: string;
  readonly clockRate?: number;
  readonly clockRateOrigin?: 'sdp';
  /** Role of the m-line; absent where it has no channel. */
  readonly media?: Media;
  readonly encrypted: boolean;
};

/** A dialog as it stands; it may change later and is looked at when asked. Epoch seconds. */
export type Dialog = {
  readonly heard: Descriptions;
  readonly answeredAt: number | undefined;
  readonly endedAt: number | undefined;
  /** Its begin was not seen: it was up already. */
  readonly joined: boolean;
  /** Media were seen where it says. */
  hasMedia: boolean;
  /** When it agreed on other media. */
  readonly turns?: readonly number[];
};

/** What one side of a dialog says, in place of what it said before. */
export type Said = {
  readonly side: CallSide;
  readonly own: readonly SdpMedia[];
  readonly before?: readonly SdpMedia[];
  readonly dialog: Dialog;
};

/** Of whose packets something else may hold than before: from or to these sockets, or of these SSRCs (unsigned); or all. */
export type Concerned = 'all' | { readonly sockets: readonly Endpoint[]; readonly ssrcs: readonly number[] };

/** The m-line of one side, and the other side's. */
export type Written = { readonly line: SdpMedia; readonly other?: SdpMedia };

/** An m-line, and whose it is. */
type Told = Pick<Said, 'side' | 'dialog'> & { readonly line: SdpMedia; readonly weight: number };

/** Sockets or SSRCs kept, the m-lines that can share one, and the weight of all: about 50 MB at worst. */
const LIMITS = { keys: 50_000, perKey: 32, weight: 500_000 };

/** Sockets and SSRCs that a dialog has moved away from; one that does so more often concerns all. */
const MOST_LEFT = 256;

/**
 * Which media the session descriptions of a capture put where, by time: the latest word on a socket counts. A description
 * holds from when it was seen, not only once it was answered: media may come before the answer (RFC 3264, 5.1).
 */
export class MediaMap {
  readonly #sockets = new RecentMap<string, Told>(LIMITS);
  readonly #ssrcs = new RecentMap<number, Told>(LIMITS);
  readonly #rtcp = new Map<string, Endpoint>();
  readonly #anywhere: SdpMedia[] = [];
  readonly #single = new Map<number, readonly number[]>();
  readonly #texts = new WeakMap<Endpoint, string>();
  /** By dialog: what its older descriptions named; they still stand beside the other side's latest one. */
  readonly #left = new WeakMap<Dialog, Named>();

  /** Whether `mediaPathOf` can tell anything. */
  get tellsMediaPaths(): boolean {
    return this.#rtcp.size > 0;
  }

  /** Takes what one side of a dialog says; answers whom it concerns. */
  tell({ side, own, before = [], dialog }: Said): Concerned {
    for (const line of own) {
      const told = { line, side, dialog, weight: weightOfLine(line) };
      const again = (earlier: Told): boolean => earlier.dialog === dialog && earlier.line.mLine === line.mLine;
      if (!line.rejected) for (const end of socketsOf(own, line)) this.#sockets.put(socket(end), told, again);
      for (const ssrc of [...line.ssrcs, ...line.repairSsrcs]) this.#ssrcs.put(ssrc, told, again);
      if (line.endpoint !== undefined && line.rtcp !== undefined) {
        this.#rtcp.set(socket(line.rtcp), line.endpoint);
        shrink(this.#rtcp);
      }
    }
    if (before.length > 0) this.#left.set(dialog, addNames(this.#left.get(dialog) ?? newNames(), before));
    return this.#concerned(dialog, own);
  }

  /** Forgets what a dialog said, keys too. To be called before the dialog itself forgets what it heard. */
  forget(dialog: Dialog): void {
    const { caller = [], callee = [] } = dialog.heard;
    const { sockets, ssrcs } = [caller, callee].reduce(addNames, this.#left.get(dialog) ?? newNames());
    for (const key of sockets.keys()) this.#sockets.remove(key, (told) => told.dialog === dialog);
    for (const ssrc of ssrcs) this.#ssrcs.remove(ssrc, (told) => told.dialog === dialog);
    this.#left.delete(dialog);
  }

  /** Takes descriptions that hold for every socket of which nothing else is known. */
  tellAnywhere(lines: readonly SdpMedia[]): void {
    this.#anywhere.push(...lines);
  }

  /** What a packet carries; undefined where nothing was said of its sockets, its SSRC or its payload type. */
  formatOf(packet: PacketHint): SignalledFormat | undefined {
    const { payloadType: number } = packet;
    const candidates = this.#candidates(packet);
    for (const { told, receiver, sender } of candidates) {
      const type = named(receiver, number) ?? named(sender, number);
      if (type !== undefined) return formatBy(type, told, [receiver, sender]);
    }
    const [first] = candidates;
    if (first !== undefined) return formatBy(undefined, first.told, [first.receiver, first.sender]);
    return this.#anywhereFormat(number);
  }

  /** The sockets that a dialog has named so far. */
  socketsOf(dialog: Dialog): readonly Endpoint[] {
    const concerned = this.#concerned(dialog, []);
    return concerned === 'all' ? [...(this.#left.get(dialog)?.sockets.values() ?? [])] : concerned.sockets;
  }

  /** Takes note of media that go this way; whether they are the first of the dialog that says so. */
  heard(packet: PacketHint): boolean {
    const dialog = this.#candidates(packet)[0]?.told.dialog;
    if (dialog === undefined || dialog.hasMedia) return false;
    dialog.hasMedia = true;
    return true;
  }

  /** The calls whose media go this way and that were up in [from, to), by when they were answered (0: before the capture began); undefined where no call goes this way. */
  callsUp(path: Pick<PacketHint, 'source' | 'destination'>, from: number, to: number): readonly number[] | undefined {
    const towards = this.#sockets.get(this.#textOf(path.destination));
    const away = this.#sockets.get(this.#textOf(path.source));
    if (towards.length === 0 && away.length === 0) return undefined;
    let up = NONE;
    for (const told of [towards, away]) {
      for (const { dialog } of told) {
        const call = dialog.answeredAt ?? 0;
        if (isUp(dialog, from, to) && !up.includes(call)) up = up === NONE ? this.#alone(call) : [...up, call];
      }
    }
    return up.length > 1 ? up.toSorted((a, b) => a - b) : up;
  }

  /** A number of its own for each time between two agreements of the calls that go this way, and for the `reach` seconds behind each. */
  eraOf(path: Pick<PacketHint, 'source' | 'destination'>, at: number, reach: number): number {
    let era = 0;
    for (const end of [path.destination, path.source]) {
      for (const { dialog } of this.#sockets.get(this.#textOf(end))) {
        for (const turn of dialog.turns ?? []) if (turn < at + EDGE) era += at < turn + reach ? 1 : 2;
      }
    }
    return era;
  }

  /** The list of one call: asked for with each slot of each stream, and nearly always the same. */
  #alone(call: number): readonly number[] {
    const known = this.#single.get(call);
    if (known !== undefined) return known;
    if (this.#single.size >= LIMITS.keys) this.#single.clear();
    const made = [call];
    this.#single.set(call, made);
    return made;
  }

  #textOf(endpoint: Endpoint): string {
    const known = this.#texts.get(endpoint);
    if (known !== undefined) return known;
    const made = socket(endpoint);
    this.#texts.set(endpoint, made);
    return made;
  }

  /** The RTP path of RTCP whose sockets `a=rtcp` tells (RFC 3605); undefined where it tells none of them. */
  mediaPathOf(rtcp: { readonly source: Endpoint; readonly destination: Endpoint }) {
    const source = this.#rtcp.get(socket(rtcp.source));
    const destination = this.#rtcp.get(socket(rtcp.destination));
    if (source === undefined && destination === undefined) return undefined;
    return {
      source: source ?? this.#before(rtcp.source),
      destination: destination ?? this.#before(rtcp.destination),
    };
  }

  /** The m-lines that who sent this RTCP may have written, each with the other side's; the surest first. */
  writersOf(rtcp: { readonly source: Endpoint; readonly destination: Endpoint }): readonly Written[] {
    const { source, destination } = this.mediaPathOf(rtcp) ?? {
      source: this.#before(rtcp.source),
      destination: this.#before(rtcp.destination),
    };
    return [
      ...latest(this.#sockets.get(socket(source))).map((told) => ({ line: told.line, other: peer(told) })),
      ...latest(this.#sockets.get(socket(destination))).map((told) => ({ line: peer(told), other: told.line })),
      ...this.#anywhere.map((line) => ({ line, other: undefined })),
    ].flatMap(({ line, other }) => (line === undefined ? [] : [{ line, ...(other && { other }) }]));
  }

  /** The socket one port below if that is one of media (RFC 3550, 11), else the socket itself. */
  #before(endpoint: Endpoint): Endpoint {
    const below = { ...endpoint, port: endpoint.port - 1 };
    return !this.#sockets.has(socket(endpoint)) && this.#sockets.has(socket(below)) ? below : endpoint;
  }

  /** From the surest on: the receiver names the numbers it wants (RFC 3264, 5.1); the sender's socket and SSRC tell the m-line. */
  #candidates({ source, destination, ssrc }: PacketHint) {
    return [
      ...latest(this.#sockets.get(socket(destination))).map((told) => ({
        told,
        receiver: told.line,
        sender: peer(told),
      })),
      ...latest(this.#sockets.get(socket(source))).map((told) => ({ told, receiver: peer(told), sender: told.line })),
      ...latest(this.#ssrcs.get(ssrc)).map((told) => ({ told, receiver: peer(told), sender: told.line })),
    ];
  }

  /** All that the dialog has named, now or before: a description tells of both directions, and of what the other side wants. */
  #concerned(dialog: Dialog, own: readonly SdpMedia[]): Concerned {
    const left = this.#left.get(dialog);
    if (left !== undefined && left.sockets.size + left.ssrcs.size > MOST_LEFT) return 'all';
    const { caller = [], callee = [] } = dialog.heard;
    const all = [own, caller, callee].reduce(addNames, newNames());
    const { sockets, ssrcs } = all;
    return {
      sockets: [...sockets.values(), ...(left?.sockets.values() ?? [])],
      ssrcs: [...ssrcs, ...(left?.ssrcs ?? [])],
    };
  }

  #anywhereFormat(number: number): SignalledFormat | undefined {
    const lines = this.#anywhere.filter((line) => named(line, number) !== undefined);
    const types = lines.flatMap((line) => named(line, number) ?? []);
    const [line] = lines;
    const [type] = types;
    // Two meanings of one number, and no socket to tell them apart: neither is known.
    const same = types.every((one) => one.codec === type?.codec && one.clockRate === type.clockRate);
    if (line === undefined || !same) return undefined;
    const media = lines.every((one) => one.media === line.media) ? line.media : undefined;
    return {
      ...clockOf(type),
      ...(media === undefined ? {} : { media }),
      encrypted: lines.some(({ security }) => security !== undefined),
    };
  }
}

const NONE: readonly number[] = [];

/** Slots are parted at these moments: less than this beside one is rounding. Seconds. */
const EDGE = 2e-6;

/** Whether a call was up in [from, to). */
function isUp({ answeredAt, endedAt, joined }: Dialog, from: number, to: number): boolean {
  const begun = joined || (answeredAt !== undefined && to > answeredAt + EDGE);
  return begun && (endedAt === undefined || from < endedAt - EDGE);
}

/** Sockets by their text, and SSRCs. */
type Named = { readonly sockets: Map<string, Endpoint>; readonly ssrcs: Set<number> };

const newNames = (): Named => ({ sockets: new Map(), ssrcs: new Set() });

function addNames(into: Named, lines: readonly SdpMedia[]): Named {
  for (const line of lines) {
    for (const end of socketsOf(lines, line)) into.sockets.set(socket(end), end);
    for (const ssrc of [...line.ssrcs, ...line.repairSsrcs]) into.ssrcs.add(ssrc);
  }
  return into;
}

/** Where an m-line may get its RTP: its own socket, its ICE candidates, and those of the bundle it is in (RFC 9143). */
export function socketsOf(own: readonly SdpMedia[], line: SdpMedia): readonly Endpoint[] {
  const shared = line.bundle === undefined ? undefined : own.find(({ mid }) => mid === line.bundle);
  return [line, ...(shared === undefined || shared === line ? [] : [shared])].flatMap(
    ({ endpoint, candidates = [] }) => [...(endpoint === undefined ? [] : [endpoint]), ...candidates],
  );
}

/** Those of the dialog that spoke last: an earlier call on the same port says nothing of this one. */
const latest = (told: readonly Told[]): readonly Told[] =>
  told.filter(({ dialog }) => dialog === told.at(-1)?.dialog).toReversed();

const named = (line: SdpMedia | undefined, number: number): PayloadType | undefined =>
  line?.payloadTypes.find(({ payloadType }) => payloadType === number);

/** The same m-line in the other side's description: their order never changes (RFC 3264, 8). */
const peer = ({ line, side, dialog }: Told): SdpMedia | undefined =>
  dialog.heard[side === 'caller' ? 'callee' : 'caller']?.[line.mLine];

function formatBy(
  type: PayloadType | undefined,
  { line }: Told,
  sides: readonly (SdpMedia | undefined)[],
): SignalledFormat {
  const roles = sides.flatMap((side) => side?.media ?? []);
  const media = roles.includes('screenSharing') ? 'screenSharing' : (line.media ?? roles[0]);
  return {
    ...clockOf(type),
    ...(media === undefined ? {} : { media }),
    encrypted: sides.some((side) => side?.security !== undefined),
  };
}

const clockOf = (type: PayloadType | undefined): Pick<SignalledFormat, 'codec' | 'clockRate' | 'clockRateOrigin'> =>
  type === undefined ? {} : { codec: type.codec, clockRate: type.clockRate, clockRateOrigin: 'sdp' };

const socket = ({ address, port }: Endpoint): string => `${address}|${port}`;

function shrink<K>(map: Map<K, unknown>): void {
  if (map.size <= LIMITS.keys) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
