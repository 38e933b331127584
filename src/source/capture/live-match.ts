import type { Direction, Endpoint } from '../../model/channel.ts';
import type { LegPlan, PlanLine } from './live-plan.ts';

/** A stream as far as its leg goes. `ssrc` unsigned. */
export type Candidate = {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly ssrc: number;
  readonly payloadTypes?: readonly number[];
};

/** How sure it is that a stream is a leg's, from the surest on. A socket that was told before counts half a step less. */
export const RANK = {
  bothSockets: 7,
  localSocket: 6,
  remoteSocket: 5,
  ssrc: 4,
  localPortAndRemoteAddress: 3,
  /** These two only where one leg alone has the port, or the address. */
  localPort: 2,
  deviceAddress: 1,
};

/** Why a stream is a leg's, which way it goes, and its line where one is known. */
export type Match = { readonly rank: number; readonly direction: Direction; readonly line?: PlanLine };

/** Whether a leg can have any claim on a stream: asked of many, so that few have to be matched. */
export function mayMatch({ ports, ssrcs, addresses: { remote } }: LegPlan, stream: Candidate): boolean {
  const { source, destination, ssrc } = stream;
  if (ports.has(source.port) || ports.has(destination.port) || ssrcs.has(ssrc)) return true;
  return remote.has(source.address) || remote.has(destination.address);
}

/**
 * The best claim of a leg on a stream. Media may come from another socket than the device told (symmetric RTP), and the
 * gateway's own may be a public one that is never seen on the wire: each side's socket counts alone too, then SSRCs, then
 * the gateway's port with the device's address.
 */
export function matchOf(plan: LegPlan, stream: Candidate): Match | undefined {
  const found = plan.lines.flatMap((line) => matchOfLine(plan, line, stream) ?? []);
  const best = Math.max(...found.map(({ rank }) => rank));
  const equals = found.filter(({ rank }) => rank === best);
  const [first] = equals;
  if (first === undefined) return byDevice(plan, stream);
  // Lines that share a transport (RFC 9143) are told apart by SSRC, then by payload type.
  return (
    equals.find(({ line }) => line !== undefined && hasSsrc(line, stream.ssrc)) ??
    equals.find(({ line, direction }) => line !== undefined && hasType(line, direction, stream.payloadTypes)) ??
    first
  );
}

function matchOfLine(plan: LegPlan, line: PlanLine, stream: Candidate): Match | undefined {
  const found = bySocket(line, stream) ?? bySsrc(plan, line, stream) ?? byPort(plan, line, stream);
  if (found === undefined) return undefined;
  return { ...found, rank: found.rank - (line.earlier === true ? 0.5 : 0), line };
}

function bySocket(line: PlanLine, { source, destination }: Candidate): Match | undefined {
  const inbound = rankOf(line.local.some(is(destination)), line.remote.some(is(source)));
  const outbound = rankOf(line.local.some(is(source)), line.remote.some(is(destination)));
  if (inbound === 0 && outbound === 0) return undefined;
  return inbound >= outbound ? { rank: inbound, direction: 'inbound' } : { rank: outbound, direction: 'outbound' };
}

function rankOf(local: boolean, remote: boolean): number {
  if (local) return remote ? RANK.bothSockets : RANK.localSocket;
  return remote ? RANK.remoteSocket : 0;
}

const hasSsrc = ({ ssrcs }: PlanLine, ssrc: number): boolean =>
  ssrcs.any.includes(ssrc) || ssrcs.inbound.includes(ssrc) || ssrcs.outbound.includes(ssrc);

const hasType = (line: PlanLine, direction: Direction, numbers: readonly number[] = []): boolean =>
  line.payloadTypes[direction].some(({ payloadType }) => numbers.includes(payloadType));

function bySsrc(plan: LegPlan, { ssrcs }: PlanLine, stream: Candidate): Match | undefined {
  if (ssrcs.inbound.includes(stream.ssrc)) return { rank: RANK.ssrc, direction: 'inbound' };
  if (ssrcs.outbound.includes(stream.ssrc)) return { rank: RANK.ssrc, direction: 'outbound' };
  const direction = ssrcs.any.includes(stream.ssrc) ? directionBetween(plan, stream) : undefined;
  return direction && { rank: RANK.ssrc, direction };
}

function byPort(plan: LegPlan, { local }: PlanLine, { source, destination }: Candidate): Match | undefined {
  const to = local.some(({ port }) => port === destination.port);
  const from = local.some(({ port }) => port === source.port);
  const { remote } = plan.addresses;
  const rank = RANK.localPortAndRemoteAddress;
  if (to && remote.has(source.address)) return { rank, direction: 'inbound' };
  if (from && remote.has(destination.address)) return { rank, direction: 'outbound' };
  // The same port on both sides, and addresses that nobody told: no direction can be told either.
  if (to === from) return undefined;
  return { rank: RANK.localPort, direction: to ? 'inbound' : 'outbound' };
}

/** Only while the address is all that is known: a device has several legs, and other media besides. */
function byDevice({ deviceAddress, isDescribed }: LegPlan, stream: Candidate): Match | undefined {
  const { source, destination } = stream;
  if (isDescribed || deviceAddress === undefined || source.address === destination.address) return undefined;
  if (source.address === deviceAddress) return { rank: RANK.deviceAddress, direction: 'inbound' };
  return destination.address === deviceAddress ? { rank: RANK.deviceAddress, direction: 'outbound' } : undefined;
}

/** Which way packets go between two addresses of which at least one was told. */
function directionBetween({ addresses: { local, remote } }: LegPlan, path: Candidate): Direction | undefined {
  const [from, to] = [path.source.address, path.destination.address];
  if (remote.has(from) !== remote.has(to)) return remote.has(from) ? 'inbound' : 'outbound';
  if (local.has(from) !== local.has(to)) return local.has(to) ? 'inbound' : 'outbound';
  return undefined;
}

export const is =
  (a: Endpoint) =>
  (b: Endpoint): boolean =>
    a.port === b.port && a.address === b.address;
