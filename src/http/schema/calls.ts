import { z } from 'zod';
import { legEntry } from './answers.ts';
import { guid, time } from './common.ts';
import { verdict } from './verdict.ts';

export const callParams = z.strictObject({ callChainId: guid });

export const callsQuery = z.strictObject({
  state: z.enum(['live', 'ended']).exactOptional(),
  device: z.string().exactOptional(),
  room: z.string().exactOptional(),
  gateway: z.string().exactOptional(),
  text: z.string().min(1).max(256).exactOptional().meta({ description: 'part of a name: room, device or gateway' }),
  from: time.exactOptional(),
  to: time.exactOptional(),
  sort: z.enum(['newest', 'worst']).exactOptional(),
  limit: z.coerce.number().int().min(1).max(100).default(50).meta({ description: 'a page may have fewer' }),
  after: z.string().exactOptional(),
});

const channel = { media: z.enum(['audio', 'video', 'screenSharing']) };
const levels = z
  .array(
    z.object({
      ...channel,
      journey: z.enum(['fromRoom', 'toRoom']),
      level: z.enum(['poor', 'fair', 'good', 'unmeasured']),
    }),
  )
  .readonly();

const endpoint = z.object({
  kind: z.enum(['participant', 'service', 'unknown']),
  role: z.string().optional(),
  platform: z.string().optional(),
  displayName: z.string().optional(),
});

const stream = z.looseObject({
  label: z.string(),
  direction: z.enum(['callerToCallee', 'calleeToCaller']),
  averageLoss: z.number().optional().meta({ description: 'ratio 0–1' }),
  averageJitter: z.number().optional().meta({ description: 'seconds' }),
  averageRoundTrip: z.number().optional().meta({ description: 'seconds' }),
});

const session = z.object({
  id: z.string(),
  startedAt: time.optional(),
  endedAt: time.optional(),
  modalities: z.array(z.string()).readonly(),
  caller: endpoint,
  callee: endpoint,
  streams: z.array(stream),
});

export const askedRecord = z
  .object({ callChainId: guid, state: z.enum(['waiting', 'read', 'missing', 'unreadable']), dueAt: time.optional() })
  .meta({ id: 'AskedRecord', description: 'where the reading of the record stands; it is due now' });

const callRecord = z
  .object({
    state: z.enum(['waiting', 'read', 'missing', 'unreadable']),
    id: z.string().optional(),
    version: z.number().optional(),
    startedAt: time.optional(),
    endedAt: time.optional(),
    sessions: z.array(session).optional(),
  })
  .meta({ id: 'CallRecord', description: "Graph's own record of the call, as far as it may be kept" });

export const call = z
  .object({
    callChainId: guid,
    legs: z.array(
      legEntry.extend({
        levels,
        teams: z.object({ sessionId: z.string(), bot: z.enum(['caller', 'callee']).optional(), levels }).optional(),
      }),
    ),
    callRecord: callRecord.optional(),
    verdict: verdict.optional(),
  })
  .meta({ id: 'Call', description: 'both legs of a call, and which was bad' });

export const callList = z
  .object({
    items: z.array(
      z.object({
        callChainId: guid.optional().meta({ description: 'absent: a leg that nobody told of any call' }),
        startedAt: time,
        endedAt: time.optional(),
        severity: z.number().optional(),
        verdict: verdict.optional(),
        legs: z.array(legEntry),
      }),
    ),
    next: z.string().optional(),
  })
  .meta({ id: 'CallList' });
