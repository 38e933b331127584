import { z } from 'zod';
import { seconds, time } from './common.ts';

/** Body of `POST /v1/legs/{mediaLegId}/rtcp`. A compound fits a datagram. */
export const rtcpBody = z
  .array(
    z.strictObject({
      at: time.meta({ description: 'when it was sent or received at the gateway' }),
      direction: z
        .enum(['inbound', 'outbound'])
        .meta({ description: 'inbound: the device sent it; outbound: the gateway' }),
      base64: z.base64().min(1).max(88_000),
    }),
  )
  .min(1)
  .max(1000)
  .meta({ id: 'RtcpCompounds', description: 'clear RTCP compounds, each as it was before SRTCP or after it' });

/** An RTCP compound as it came: epoch seconds. */
export type RtcpTold = {
  readonly at: number;
  readonly direction: 'inbound' | 'outbound';
  readonly octets: Uint8Array;
};

/** The compounds of a body in our units. */
export const compoundsOf = (body: z.infer<typeof rtcpBody>): readonly RtcpTold[] =>
  body.map(({ at, direction, base64 }) => ({ at: seconds(at), direction, octets: Buffer.from(base64, 'base64') }));

export const rtcpTaken = z
  .object({ compounds: z.number().int(), packets: z.number().int() })
  .meta({ id: 'RtcpTaken', description: 'how many compounds were taken, and how many RTCP packets were in them' });

/** Body of `POST /v1/legs/reconcile`. */
export const reconcileBody = z
  .strictObject({
    gateway: z.string().min(1).max(1024).meta({ description: 'as its legs are told with, by PUT' }),
    live: z
      .array(z.string().min(1).max(1024))
      .max(10_000)
      .meta({ description: 'its legs that go on: mediaLegIds or aliases' }),
  })
  .meta({ id: 'Reconcile' });

export const reconciled = z
  .object({
    ended: z.array(z.string()).readonly().meta({ description: 'mediaLegIds of the legs that were ended' }),
    unknown: z.array(z.string()).readonly().meta({ description: 'names of `live` that no live leg has: begin them' }),
  })
  .meta({ id: 'Reconciled' });

const legSight = z.object({
  mediaLegId: z.string(),
  rtpIn: z.number(),
  rtpOut: z.number(),
  rtcpIn: z.number(),
  rtcpOut: z.number(),
  streams: z.number(),
  clocksKnown: z.number(),
  encryptedRtcp: z.number(),
  srtp: z.boolean(),
});

const source = z
  .looseObject({
    kind: z.string(),
    state: z.enum(['off', 'starting', 'running', 'failed']),
    reason: z.string().optional().meta({ description: 'why it does not run' }),
    remedy: z.string().optional().meta({ description: 'what to do about it' }),
    capture: z
      .looseObject({
        tool: z.string().optional(),
        interface: z.string().optional(),
        filter: z.string().optional(),
        packets: z.number(),
        rtpPackets: z.number(),
        rtcpPackets: z.number(),
        dropped: z.number(),
        unclaimed: z.number().meta({ description: 'streams that belong to no leg' }),
        lastPacketAt: time.optional(),
        legs: z.array(legSight).readonly().meta({ description: 'what was seen of each in the last ten seconds' }),
      })
      .optional(),
  })
  .meta({ id: 'SourceState', description: 'how one source of measurements is' });

export const sourceList = z.object({ items: z.array(source).readonly() }).meta({ id: 'SourceList' });
