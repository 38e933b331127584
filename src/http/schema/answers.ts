import { z } from 'zod';
import { guid, time } from './common.ts';
import { verdict } from './verdict.ts';

/** The shapes of answers: for /openapi.json and its readers; tests hold the answers against them. */

const endpoint = z.object({ address: z.string().optional(), port: z.number().int().optional() });
const channelId = { media: z.enum(['audio', 'video', 'screenSharing']), channelIndex: z.number().int().min(1) };

export const delivery = z
  .object({
    state: z.enum(['none', 'waiting', 'queued', 'delivered', 'refused', 'expired', 'dropped']),
    reason: z.string().optional(),
    attempts: z.number().int().optional(),
    at: time.optional(),
    dueAt: time.optional(),
  })
  .meta({ id: 'DeliveryState', description: 'where the report of a leg stands' });

const figure = z
  .union([
    z.object({
      value: z.number(),
      unit: z.string(),
      origin: z.string(),
      samples: z.number(),
      coverage: z.number(),
      at: time.optional(),
      windowSeconds: z.number().optional(),
      approximate: z.literal(true).optional(),
    }),
    z.object({ absent: z.string() }),
  ])
  .meta({ id: 'Figure', description: 'a value with where it comes from, or why there is none' });

const channel = z.object({
  ...channelId,
  enabled: z.boolean(),
  mediaDuration: z.number().meta({ description: 'seconds' }),
  local: endpoint.optional(),
  remote: endpoint.optional(),
  codec: z.object({ inbound: z.string().optional(), outbound: z.string().optional() }).optional(),
  figures: z.record(z.string(), figure),
});

const identity = {
  mediaLegId: guid,
  state: z.enum(['live', 'ended']),
  revision: z.number().int(),
  callChainId: guid.optional(),
  participantId: guid.optional(),
  tenantId: guid.optional(),
  earlierIdentifiers: z.array(z.string()).readonly().optional(),
  gateway: z.string().optional(),
  aliases: z.array(z.string()).readonly().optional(),
  device: z.object({
    name: z.string(),
    description: z.string(),
    configured: z.string().optional(),
    room: z.string().optional(),
    timeZone: z.string().optional(),
    linkSpeed: z.number().optional().meta({ description: 'octets per second' }),
  }),
  deviceAddress: z.string().optional(),
  deviceUri: z.string().optional(),
  startedAt: time,
  endedAt: time.optional(),
  endReason: z.string().optional(),
  severity: z.number().optional(),
  verdict: verdict.optional(),
  delivery,
};

export const legEntry = z.object(identity).meta({ id: 'LegEntry', description: 'a leg in a list' });

export const leg = z
  .object({ ...identity, channels: z.array(channel) })
  .meta({ id: 'Leg', description: 'a leg with the figures of its channels' });

export const legList = z.object({ items: z.array(legEntry), next: z.string().optional() }).meta({ id: 'LegList' });

export const quality = z
  .object({ quality: z.record(z.string(), z.unknown()) })
  .meta({ id: 'QualityBody', description: 'teleconferenceDeviceQuality as it goes to Graph' });

export const ended = z
  .object({ mediaLegId: guid, report: quality.optional(), delivery: delivery })
  .meta({ id: 'Ended' });

const interval = z.looseObject({ startedAt: time, seconds: z.number(), coveredSeconds: z.number() }).meta({
  id: 'Interval',
  description: 'sums, counts and maxima of one channel and direction in one slot (docs/metrics.md)',
});

export const series = z
  .object({
    mediaLegId: guid,
    interval: z.number().meta({ description: 'seconds' }),
    channels: z
      .array(z.object({ ...channelId, inbound: z.array(interval).readonly(), outbound: z.array(interval).readonly() }))
      .readonly(),
  })
  .meta({ id: 'Series' });

const attempt = z
  .object({
    kind: z.enum(['accepted', 'refused', 'keep', 'expired']),
    at: time,
    dueAt: time.optional(),
    trace: z.object({ status: z.number().optional(), code: z.string().optional() }).loose().optional(),
  })
  .meta({ id: 'Attempt', description: 'how one attempt at Graph ended' });

export const reportEntry = z
  .object({
    mediaLegId: guid,
    callChainId: guid,
    tenantId: guid,
    state: z.enum(['queued', 'delivered', 'refused', 'expired', 'dropped']),
    attempts: z.number().int(),
    createdAt: time,
    dueAt: time.optional(),
    settledAt: time.optional(),
    last: attempt.optional(),
  })
  .meta({ id: 'ReportEntry', description: 'a report owed to Graph, or settled' });

export const reportList = z
  .object({ items: z.array(reportEntry), next: z.string().optional() })
  .meta({ id: 'ReportList' });
export const report = reportEntry
  .omit({ last: true })
  .extend({ reason: z.string().optional(), history: z.array(attempt), report: quality })
  .meta({ id: 'Report', description: 'a report with every attempt at it and its body' });
export const retried = z
  .object({ heldUntil: time })
  .meta({ id: 'Retried', description: 'the report is tried again then: Graph asked to be left alone until that time' });
export const attemptList = z.object({ items: z.array(attempt) }).meta({ id: 'AttemptList' });
export const pushed = z
  .object({ entries: z.number().int(), ignored: z.number().int() })
  .meta({ id: 'Pushed', description: 'how many RTP entries were taken, and how many were old or not readable' });
export const healthy = z.object({ status: z.string() }).loose().meta({ id: 'Health' });
