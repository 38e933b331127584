import { widened } from './networks.ts';

/** A filter has to be something; this lets nothing of a call through. */
export const NOTHING = 'udp port 0';

/**
 * Later IP fragments carry no ports: all those of UDP, and of IPv6 all that carry a fragment header, for which ports cannot
 * be told either (pcap-filter(7)).
 */
const FRAGMENTS = '((udp and (ip[6:2] & 0x1fff) != 0) or ip6[6] == 44)';

/** Ports of the tunnels that the meter opens (packet/tunnel.ts), then IP in IP, GRE and ERSPAN. */
const TUNNELS = '((udp and (port 2152 or port 4789 or port 6081 or port 8472)) or ip proto 4 or proto 41 or proto 47)';

const LARGEST_PORT = 65_535;

/**
 * How many ports ranges and networks a filter may name. The kernel takes 4,096 instructions: with 64 terms there are 955, and
 * twice nested for tags 32 make 3,320.
 */
export const MOST_TERMS = 64;
export const MOST_TAGGED_TERMS = 32;

/** What has to come through. */
export type Wanted = {
  /** Local ports of media; the next higher one carries RTCP (RFC 3550, 11). */
  readonly ports: Iterable<number>;
  /** Addresses and networks (`10.1.0.0/16`) whose UDP is taken whatever its ports. */
  readonly networks: readonly string[];
  /** Ports of signalling that is captured apart, whole. */
  readonly signalling: readonly number[];
  /** Whether tunnels are opened: their packets come through whatever they carry. */
  readonly tunnels: boolean;
};

/** What the link allows: tagged frames are told from others by name, and the filter has room for so many terms. */
export type FilterShape = { readonly tagged: boolean; readonly mostTerms: number };

/** The filter for media, in the words of pcap-filter(7). */
export function mediaFilter({ ports, networks, signalling, tunnels }: Wanted, shape: FilterShape): string {
  const nets = widened(networks, Math.floor(shape.mostTerms / 2));
  const ranges = portRanges(ports, shape.mostTerms - nets.length);
  const terms = [...nets.map((net) => `net ${net}`), ...ranges.map(rangeTerm)];
  const parts: string[] = [];
  if (terms.length > 0) parts.push(udpOf(terms, signalling));
  if (tunnels) parts.push(TUNNELS);
  return parts.length === 0 ? NOTHING : tagged(parts.join(' or '), shape);
}

/** The filter for signalling, and for fragments, which may be its. */
export function signallingFilter(ports: readonly number[], shape: FilterShape): string {
  return tagged(`((tcp or udp) and (${anyPort(ports)})) or ${FRAGMENTS}`, shape);
}

/** Every fragment comes once: with the signalling where that is captured, else with the media. */
function udpOf(terms: readonly string[], signalling: readonly number[]): string {
  const wanted = `udp and (${terms.join(' or ')})`;
  return signalling.length === 0
    ? `(${wanted}) or ${FRAGMENTS}`
    : `(${wanted} and not (${anyPort(signalling)}) and not ${FRAGMENTS})`;
}

const anyPort = (ports: readonly number[]): string => ports.map((port) => `port ${port}`).join(' or ');

/** `vlan` shifts whatever stands right of it by one tag (pcap-filter(7)): one tag, and two for QinQ. */
function tagged(expression: string, shape: FilterShape): string {
  return shape.tagged ? `(${expression}) or (vlan and ((${expression}) or (vlan and (${expression}))))` : expression;
}

const rangeTerm = ([from, to]: PortRange): string => (from === to ? `port ${from}` : `portrange ${from}-${to}`);

/** Ports from the first to the last, both within. */
export type PortRange = readonly [from: number, to: number];

/** The ports and the next higher of each as at most so many ranges, in order; the smallest gaps are closed first. */
export function portRanges(ports: Iterable<number>, most: number): readonly PortRange[] {
  const all = new Set([...ports].flatMap((port) => [port, Math.min(port + 1, LARGEST_PORT)]));
  const ranges: [number, number][] = [];
  for (const port of [...all].toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && port === last[1] + 1) last[1] = port;
    else ranges.push([port, port]);
  }
  return joined(ranges, Math.max(most, 1));
}

function joined(ranges: readonly PortRange[], most: number): readonly PortRange[] {
  const gaps = ranges.slice(1).map(([from], index) => ({ index, size: from - (ranges[index]?.[1] ?? from) }));
  const smallest = gaps.toSorted((a, b) => a.size - b.size).slice(0, Math.max(ranges.length - most, 0));
  const closed = new Set(smallest.map(({ index }) => index + 1));
  const out: [number, number][] = [];
  for (const [index, [from, to]] of ranges.entries()) {
    const last = out.at(-1);
    if (last !== undefined && closed.has(index)) last[1] = to;
    else out.push([from, to]);
  }
  return out;
}
