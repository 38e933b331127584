import { z } from 'zod';
import type { LegPatch } from '../../leg/leg.ts';
import { guid, seconds, time } from './common.ts';

const text = z.string().min(1).max(1024);
const address = z.union([z.ipv4(), z.ipv6()], { error: 'expected an IPv4 or IPv6 address' });
const port = z.number().int().min(0).max(65_535);
const endpoint = z.strictObject({ address, port });
const optional = <T extends z.ZodType>(schema: T) => schema.nullable().exactOptional();

const payloadType = z.strictObject({
  payloadType: z.number().int().min(0).max(127),
  codec: text,
  clockRate: z.number().int().positive(),
  associatedPayloadType: z.number().int().min(0).max(127).exactOptional(),
});

const crypto = z
  .strictObject({ direction: z.enum(['inbound', 'outbound']), suite: text, key: text })
  .meta({ description: 'SRTP key; held in memory only, never stored, logged or returned' });

const channel = z
  .strictObject({
    media: z.enum(['audio', 'video', 'screenSharing']),
    channelIndex: z.number().int().min(1).max(1000),
    enabled: z.boolean().exactOptional(),
    direction: z.enum(['sendrecv', 'sendonly', 'recvonly', 'inactive']).exactOptional(),
    mid: text.exactOptional(),
    local: endpoint.exactOptional(),
    remote: endpoint.exactOptional(),
    rtcp: z.strictObject({ local: endpoint.exactOptional(), remote: endpoint.exactOptional() }).exactOptional(),
    ssrcs: z.array(z.number().int().min(0).max(0xffff_ffff)).max(64).exactOptional(),
    payloadTypes: z.array(payloadType).max(128).exactOptional(),
    crypto: z.array(crypto).max(8).exactOptional(),
  })
  .meta({ id: 'ChannelControl', description: 'One media of the leg as signalled; enabled unless told otherwise' });

const channels = z
  .array(channel)
  .max(64)
  .refine((list) => new Set(list.map(({ media, channelIndex }) => `${media}/${channelIndex}`)).size === list.length, {
    error: 'the same media and channelIndex stands twice',
  })
  .meta({ description: 'The whole list: one that is not in it becomes disabled, its figures stay' });

/** Body of `PUT /v1/legs/{mediaLegId}`: a JSON Merge Patch (RFC 7396). */
export const legPatch = z
  .strictObject({
    callChainId: optional(guid),
    participantId: optional(guid),
    tenantId: optional(guid),
    gateway: optional(text),
    aliases: optional(z.array(text).max(32)),
    device: optional(z.strictObject({ name: optional(text), description: optional(text) })),
    deviceAddress: optional(address),
    deviceUri: optional(text),
    startedAt: optional(time),
    at: time.exactOptional().meta({ description: 'when the change took effect' }),
    sdp: optional(
      z.strictObject({ local: optional(z.string().max(262_144)), remote: optional(z.string().max(262_144)) }),
    ),
    channels: optional(channels),
    sources: optional(z.array(z.enum(['capture', 'getstats', 'webrtc', 'hep', 'pexip', 'webex']))),
    teams: optional(
      z.strictObject({
        callId: optional(text),
        localAddress: optional(address),
        localPort: optional(port),
        startedAt: optional(time),
        endedAt: optional(time),
      }),
    ),
    webex: optional(
      z.strictObject({
        meetingId: text,
        participantSessionId: optional(text),
        email: optional(text),
        name: optional(text),
      }),
    ),
  })
  .meta({ id: 'LegPatch', description: 'JSON Merge Patch of a leg: absent members stay, null clears' });

export type LegPatchBody = z.infer<typeof legPatch>;

const lower = (value: string | null | undefined): string | null | undefined => value?.toLowerCase() ?? value;
const instant = (value: string | null | undefined): number | null | undefined =>
  typeof value === 'string' ? seconds(value) : value;

type Channels = LegPatchBody['channels'];

/** SRTP keys leave the channels here: what is kept of a leg must not hold them. */
const withoutKeys = (list: Channels): Channels => list?.map(({ crypto: _, ...rest }) => rest) ?? list;

function keysOf(list: Channels): LegPatch['keys'] {
  const keys = (list ?? []).flatMap(({ media, channelIndex, crypto }) =>
    crypto === undefined ? [] : [{ media, channelIndex, crypto }],
  );
  return keys.length === 0 ? undefined : keys;
}

/** The body in our units: epoch seconds, GUIDs in lower case; keys of channels apart from what is kept. */
export function patchOf(body: LegPatchBody): LegPatch {
  const { at, teams, ...rest } = body;
  const changes = {
    ...rest,
    callChainId: lower(body.callChainId),
    participantId: lower(body.participantId),
    tenantId: lower(body.tenantId),
    startedAt: instant(body.startedAt),
    channels: withoutKeys(body.channels),
    keys: keysOf(body.channels),
    teams: teams && { ...teams, startedAt: instant(teams.startedAt), endedAt: instant(teams.endedAt) },
    at: at === undefined ? undefined : seconds(at),
  };
  return JSON.parse(JSON.stringify(changes)) as LegPatch; // only drops the undefined members; the schema proved the rest
}
