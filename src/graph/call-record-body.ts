import { z } from 'zod';
import type { CallEndpoint, CallRecord, CallSession, CallStream } from '../model/call-record.ts';
import type { Media } from '../model/channel.ts';
import { instantOf } from '../model/instant.ts';
import { isoDuration } from './iso-duration.ts';

/*
 * Graph's shapes as they come, not as they are published: members may be null, newer than this agent, of the old form
 * (`identity`) or the new one (`associatedIdentity`). What cannot be read is absent; only a record without an identifier is
 * none.
 */

const text = z.string().min(1).optional().catch(undefined);
const count = z.number().min(0).optional().catch(undefined);
const ratio = z.number().min(0).max(1).optional().catch(undefined);
const instant = z.string().transform(instantOf).pipe(z.number()).optional().catch(undefined);
const duration = z
  .string()
  .transform((value) => isoDuration(value))
  .pipe(z.number().min(0))
  .optional()
  .catch(undefined);

/** A list of which members that are none are left out. */
const listOf = <T>(member: z.ZodType<T>) =>
  z
    .array(z.unknown())
    .transform((all) => all.flatMap((one) => member.safeParse(one).data ?? []))
    .catch([]);

const identity = z.looseObject({ id: text, displayName: text, tenantId: text }).optional().catch(undefined);
const identitySet = z.record(z.string(), identity.nullable()).optional().catch(undefined);
const userAgent = z.looseObject({ role: text, platform: text, azureADAppId: text }).optional().catch(undefined);
const endpoint = z
  .looseObject({
    '@odata.type': text,
    associatedIdentity: z.looseObject({ '@odata.type': text, id: text, displayName: text }).optional().catch(undefined),
    identity: identitySet,
    userAgent,
  })
  .catch({});
type Endpoint = z.infer<typeof endpoint>;

const network = z.looseObject({ ipAddress: text, port: count }).optional().catch(undefined);

const stream = z.looseObject({
  streamDirection: z.enum(['callerToCallee', 'calleeToCaller']),
  startDateTime: instant,
  endDateTime: instant,
  packetUtilization: count,
  averagePacketLossRate: ratio,
  maxPacketLossRate: ratio,
  averageJitter: duration,
  maxJitter: duration,
  averageRoundTripTime: duration,
  maxRoundTripTime: duration,
  averageReceivedFrameRate: count,
  averageVideoFrameRate: count,
  averageBandwidthEstimate: count,
});
const media = z.looseObject({ label: text, callerNetwork: network, calleeNetwork: network, streams: listOf(stream) });
type Line = z.infer<typeof media>;
const segment = z.looseObject({ media: listOf(media) });
const session = z.looseObject({
  id: z.string().min(1),
  startDateTime: instant,
  endDateTime: instant,
  modalities: listOf(z.string()),
  caller: endpoint,
  callee: endpoint,
  segments: listOf(segment),
});
const record = z.looseObject({
  id: z.string().min(1),
  version: z.number().catch(0),
  startDateTime: instant,
  endDateTime: instant,
  sessions: listOf(session),
  'sessions@odata.nextLink': text,
});
const page = z.looseObject({ value: listOf(session), '@odata.nextLink': text });

/** A record's first page, and where its next sessions are. */
export type RecordPage = { readonly record: CallRecord; readonly next?: string };
export type SessionsPage = { readonly sessions: readonly CallSession[]; readonly next?: string };

/** Undefined where the body is no call record. */
export function callRecordPage(body: unknown): RecordPage | undefined {
  const read = record.safeParse(body).data;
  if (read === undefined) return undefined;
  const next = read['sessions@odata.nextLink'];
  return {
    record: {
      id: read.id,
      version: read.version,
      ...times(read),
      sessions: read.sessions.map(sessionOf),
    },
    ...(next === undefined ? {} : { next }),
  };
}

/** A further page of its sessions; undefined where the body is none. */
export function sessionsPage(body: unknown): SessionsPage | undefined {
  const read = page.safeParse(body).data;
  if (read === undefined) return undefined;
  const next = read['@odata.nextLink'];
  return { sessions: read.value.map(sessionOf), ...(next === undefined ? {} : { next }) };
}

type Times = { readonly startDateTime?: number | undefined; readonly endDateTime?: number | undefined };

const times = ({ startDateTime, endDateTime }: Times) => ({
  ...(startDateTime === undefined ? {} : { startedAt: startDateTime }),
  ...(endDateTime === undefined ? {} : { endedAt: endDateTime }),
});

function sessionOf(read: z.infer<typeof session>): CallSession {
  const lines = read.segments.flatMap((one) => one.media);
  return {
    id: read.id,
    ...times(read),
    modalities: read.modalities,
    caller: endpointOf(read.caller),
    callee: endpointOf(read.callee),
    streams: lines.flatMap((line) => line.streams.map((one) => streamOf(line, one))),
  };
}

function endpointOf(read: Endpoint): CallEndpoint {
  const type = read['@odata.type'] ?? '';
  const { role, platform, azureADAppId } = read.userAgent ?? {};
  const { associatedIdentity, identity: old = {} } = read;
  const named = Object.entries(old).flatMap(([kind, one]) => (one == null ? [] : [{ kind, ...one }]));
  const applications = named.filter(({ kind }) => /application/i.test(kind)).flatMap(({ id }) => id ?? []);
  const isApplication = /application/i.test(associatedIdentity?.['@odata.type'] ?? '');
  const own = isApplication ? (associatedIdentity?.id ?? []) : [];
  const displayName =
    associatedIdentity?.displayName ?? named.find((one) => one.displayName !== undefined)?.displayName;
  return {
    kind: /service/i.test(type) ? 'service' : /participant/i.test(type) ? 'participant' : 'unknown',
    ...(role === undefined ? {} : { role }),
    ...(platform === undefined ? {} : { platform }),
    applicationIds: [...(azureADAppId === undefined ? [] : [azureADAppId]), ...applications, ...[own].flat()],
    identities: [...new Set([associatedIdentity?.id, ...named.map(({ id }) => id)].flatMap((id) => id ?? []))],
    ...(displayName === undefined ? {} : { displayName }),
  };
}

/** Labels of media lines in the order in which they are tried. */
const LABELS: readonly (readonly [RegExp, Media])[] = [
  [/^main-audio/i, 'audio'],
  [/^applicationsharing-video/i, 'screenSharing'],
  [/^main-video/i, 'video'],
];

/** Nobody counted pictures of packets that came and made none: 0 is a member that was not filled in. */
const isTold = (rate: number | undefined): boolean => rate !== undefined && rate > 0;

function streamOf(line: Line, read: z.infer<typeof stream>): CallStream {
  const label = line.label ?? '';
  const medium = LABELS.find(([pattern]) => pattern.test(label))?.[1];
  const members = {
    media: medium,
    startedAt: read.startDateTime,
    endedAt: read.endDateTime,
    packets: read.packetUtilization,
    averageLoss: read.averagePacketLossRate,
    maximumLoss: read.maxPacketLossRate,
    averageJitter: read.averageJitter,
    maximumJitter: read.maxJitter,
    averageRoundTrip: read.averageRoundTripTime,
    maximumRoundTrip: read.maxRoundTripTime,
    averageFrameRate: [read.averageReceivedFrameRate, read.averageVideoFrameRate].find(isTold),
    bandwidthEstimate: read.averageBandwidthEstimate,
    callerAddress: line.callerNetwork?.ipAddress,
    callerPort: line.callerNetwork?.port,
    calleeAddress: line.calleeNetwork?.ipAddress,
    calleePort: line.calleeNetwork?.port,
  };
  return { label, direction: read.streamDirection, ...defined(members) };
}

/** Without the members that are undefined. */
function defined<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept = Object.entries(members).filter(([, value]) => value !== undefined);
  // Sound: only undefined members were left out.
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
