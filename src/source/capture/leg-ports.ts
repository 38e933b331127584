import type { Endpoint } from '../../model/channel.ts';
import { parseSdp } from '../../session/sdp.ts';
import type { FollowedLeg } from './messages.ts';

/** Where the packets of a leg are looked for. */
export type LegPlaces = {
  /** Ports of the gateway's side. */
  readonly ports: readonly number[];
  /** Addresses of the device's side, where no port of the gateway's is known. */
  readonly addresses: readonly string[];
};

/** What is told of a leg, as the filter needs it. */
export function placesOf({ control, channels }: FollowedLeg): LegPlaces {
  const described = [...channels, ...(control.channels ?? [])];
  const rtcp = (control.channels ?? []).map((channel) => channel.rtcp);
  const local = [
    ...described.map((channel) => channel.local),
    ...rtcp.map((pair) => pair?.local),
    ...endpointsOf(control.sdp?.local),
  ];
  const ports = [...new Set(local.flatMap((endpoint) => portOf(endpoint)))];
  if (ports.length > 0) return { ports, addresses: [] };
  const remote = [...described.map((channel) => channel.remote), ...endpointsOf(control.sdp?.remote)];
  const addresses = [control.deviceAddress, ...remote.map((endpoint) => endpoint?.address)];
  return { ports, addresses: [...new Set(addresses.filter((address) => address !== undefined))] };
}

const portOf = (endpoint: Endpoint | undefined): readonly number[] =>
  endpoint === undefined || endpoint.port < 1 || endpoint.port > 65_535 ? [] : [endpoint.port];

/** Of every m-line that is not rejected: its address, that of its RTCP, and its ICE candidates. */
function endpointsOf(sdp: string | undefined): readonly Endpoint[] {
  if (sdp === undefined) return [];
  try {
    const lines = parseSdp(sdp).filter((line) => !line.rejected);
    return lines.flatMap((line) => [line.endpoint, line.rtcp, ...(line.candidates ?? [])]).filter(isThere);
  } catch {
    return []; // refused where it was told
  }
}

const isThere = (endpoint: Endpoint | undefined): endpoint is Endpoint => endpoint !== undefined;
