import { isIP } from 'node:net';
import { type MediaDescription, parse, type SessionDescription } from 'sdp-transform';
import type { Endpoint, Media, MediaDirection, PayloadType } from '../model/channel.ts';
import { type MediaLine, mediaLines } from './media-line.ts';
import { carriesMedia, payloadTypesOf } from './payload-types.ts';
import { type CryptoLine, cryptoLines } from './sdes.ts';
import { type DescribedSsrcs, describedSsrcs } from './ssrcs.ts';
import { wireAddress } from './wire-address.ts';

/** One media description of an SDP, in the view of the side that wrote it. */
export type SdpMedia = DescribedSsrcs & {
  /** Position among the m-lines, from 0: it never changes in a dialog (RFC 3264, 8). */
  readonly mLine: number;
  /** Absent: no channel (far end camera control, BFCP, text, data, repair streams of their own). */
  readonly media?: Media;
  readonly mid?: string;
  /** The first mid of the BUNDLE group it is in: whose transport it shares (RFC 9143). */
  readonly bundle?: string;
  readonly label?: string;
  readonly rejected: boolean;
  readonly direction: MediaDirection;
  readonly payloadTypes: readonly PayloadType[];
  readonly endpoint?: Endpoint;
  /** Where it may be reached for RTP by ICE (RFC 8839, 5.1); connectivity checks choose one. */
  readonly candidates?: readonly Endpoint[];
  /** Only as `a=rtcp` tells it (RFC 3605). */
  readonly rtcp?: Endpoint;
  readonly rtcpMux: boolean;
  /** How it is keyed: in the SDP (RFC 4568), by DTLS (RFC 5763), or told by its profile only. Absent: in the clear. */
  readonly security?: 'sdes' | 'dtls' | 'unknown';
  /** Its keys (RFC 4568), as far as they stand in the text. In memory only. */
  readonly crypto?: readonly CryptoLine[];
};

/** Attributes that sdp-transform reads and its types leave out. */
type Section = MediaDescription & { readonly content?: unknown };

type Session = {
  readonly shared: SessionDescription;
  readonly crypto: ReadonlyMap<number, readonly CryptoLine[]>;
  readonly bundles: ReadonlyMap<string, string>;
  readonly floorLabels: ReadonlySet<string>;
};

/**
 * The media descriptions of an SDP (RFC 8866), in order. What is unknown is passed over.
 * Throws OtherlegError SDP_INVALID with the line if it is no SDP, is larger than any real one, or has a broken m-line.
 */
export function parseSdp(text: string): readonly SdpMedia[] {
  const lines = mediaLines(text);
  const shared = parse(text);
  const crypto = Map.groupBy(cryptoLines(text), ({ mLine }) => mLine);
  const session = { shared, crypto, bundles: bundlesOf(shared), floorLabels: floorLabelsOf(shared) };
  return lines.flatMap((line, mLine) => {
    const section = shared.media[mLine];
    return section === undefined ? [] : [describe({ ...line, mLine }, section, session)];
  });
}

function describe(line: MediaLine & { readonly mLine: number }, section: Section, session: Session): SdpMedia {
  const mid = text(section.mid);
  const bundle = mid === undefined ? undefined : session.bundles.get(mid);
  const label = text(section.label);
  const payloadTypes = payloadTypesOf({
    numbers: line.formats,
    maps: new Map((section.rtp ?? []).flatMap(rtpmap)),
    parameters: new Map((section.fmtp ?? []).map(({ payload, config }) => [Number(payload), String(config)])),
  });
  const media = mediaOf(line, section, payloadTypes, session.floorLabels);
  const { address, direction } = connectionOf(section, session.shared, bundle !== undefined);
  const endpoint = endpointOf(address, line.port);
  const rtcp = section.rtcp && endpointOf(text(section.rtcp.address) ?? address, Number(section.rtcp.port));
  const security = securityOf(line, section, session.shared);
  const crypto = session.crypto.get(line.mLine);
  const candidates = candidatesOf(section);
  return {
    mLine: line.mLine,
    ...(media === undefined ? {} : { media }),
    ...(mid === undefined ? {} : { mid }),
    ...(bundle === undefined ? {} : { bundle }),
    ...(label === undefined ? {} : { label }),
    // An offer may hold port 0 for media that only live in a bundle (RFC 9143, 6).
    rejected: line.port === 0 && section.bundleOnly === undefined,
    direction,
    payloadTypes,
    ...describedSsrcs(section),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(candidates.length === 0 ? {} : { candidates }),
    ...(rtcp === undefined ? {} : { rtcp }),
    rtcpMux: section.rtcpMux !== undefined,
    ...(security === undefined ? {} : { security }),
    ...(crypto === undefined ? {} : { crypto }),
  };
}

/** sdp-transform makes numbers of what looks like one. */
const text = (value: unknown): string | undefined =>
  typeof value === 'number' || (typeof value === 'string' && value !== '') ? String(value) : undefined;

function rtpmap({ payload, codec, rate }: MediaDescription['rtp'][number]): [number, readonly [string, number]][] {
  const clockRate = Number(rate);
  return clockRate > 0 && Number.isSafeInteger(clockRate) ? [[Number(payload), [String(codec), clockRate]]] : [];
}

/**
 * What an m-line shows by its own word (RFC 4796), or because BFCP controls its floor. Presentation sound is audio: Graph
 * knows screen sharing as pictures only.
 */
function mediaOf(
  line: MediaLine,
  section: Section,
  payloadTypes: readonly PayloadType[],
  floorLabels: ReadonlySet<string>,
): Media | undefined {
  if (!/(?:^|\/)RTP\//i.test(line.protocol) || !carriesMedia(payloadTypes)) return undefined;
  if (line.kind === 'audio') return 'audio';
  if (line.kind !== 'video') return undefined;
  const content = text(section.content);
  if (content !== undefined) return /(?:^|,)\s*slides\s*(?:,|$)/i.test(content) ? 'screenSharing' : 'video';
  const label = text(section.label);
  return label !== undefined && floorLabels.has(label) ? 'screenSharing' : 'video';
}

/**
 * A connection to the unspecified address without ICE is the old way to hold (RFC 3264, 8.4): the writer receives nothing.
 * With ICE, which a bundle shares, it is a placeholder (RFC 8839, 4.3.1).
 */
function connectionOf(
  section: Section,
  session: SessionDescription,
  bundled: boolean,
): { address?: string; direction: MediaDirection } {
  const ip = text((section.connection ?? session.connection)?.ip)?.split('/')[0];
  const told = ip && wireAddress(ip);
  const direction = section.direction ?? session.direction ?? 'sendrecv';
  if (told === undefined) return { direction };
  if (!isUnspecified(told)) return { address: told, direction };
  const ice = bundled || section.candidates !== undefined || (section.iceUfrag ?? session.iceUfrag) !== undefined;
  if (ice) return { direction };
  return { direction: direction === 'sendrecv' || direction === 'sendonly' ? 'sendonly' : 'inactive' };
}

const isUnspecified = (address: string): boolean => address === '0.0.0.0' || address === '::';

/** Where one can send to: an address, not a name, and a port. */
function endpointOf(told: string | undefined, port: number): Endpoint | undefined {
  const address = told && wireAddress(told);
  return address !== undefined && isIP(address) !== 0 && !isUnspecified(address) && port > 0 && port <= 65_535
    ? { address, port }
    : undefined;
}

/** No m-line has more candidates than that; component 1 is RTP (RFC 8839, 5.1). */
const MOST_CANDIDATES = 32;

function candidatesOf({ candidates = [] }: Section): readonly Endpoint[] {
  return candidates
    .slice(0, MOST_CANDIDATES)
    .filter(({ component, transport }) => Number(component) === 1 && /^udp$/i.test(String(transport)))
    .flatMap(({ ip, port }) => endpointOf(text(ip), Number(port)) ?? []);
}

function securityOf(line: MediaLine, section: Section, session: SessionDescription): SdpMedia['security'] {
  if (section.crypto !== undefined) return 'sdes';
  if ((section.fingerprint ?? session.fingerprint) !== undefined) return 'dtls';
  return /\/SAVPF?$/i.test(line.protocol) ? 'unknown' : undefined;
}

function bundlesOf(session: SessionDescription): ReadonlyMap<string, string> {
  const bundles = new Map<string, string>();
  for (const { type, mids } of session.groups ?? []) {
    const members = String(mids)
      .split(/\s+/)
      .filter((mid) => mid !== '');
    const [tag] = members;
    if (type === 'BUNDLE' && tag !== undefined) for (const mid of members) bundles.set(mid, tag);
  }
  return bundles;
}

/** Labels of the streams whose floor BFCP controls: what a room device presents (RFC 8856, 5). */
function floorLabelsOf(session: SessionDescription): ReadonlySet<string> {
  const floors = session.media.map((section): unknown => section.bfcpFloorId);
  return new Set(
    floors.flatMap((floor) => {
      const stream =
        typeof floor === 'object' && floor !== null && 'mStream' in floor ? text(floor.mStream) : undefined;
      return stream?.split(/\s+/) ?? [];
    }),
  );
}
