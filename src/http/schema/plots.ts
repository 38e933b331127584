import { z } from 'zod';
import { leg } from './answers.ts';
import { guid, time } from './common.ts';

const media = z.enum(['audio', 'video', 'screenSharing']);
const column = z.array(z.number().nullable()).readonly().optional();

const side = z.object({
  loss: column.meta({ description: 'percent' }),
  jitter: column.meta({ description: 'milliseconds' }),
  roundTrip: column.meta({ description: 'milliseconds' }),
  bitRate: column.meta({ description: 'bits per second' }),
  frameRate: column.meta({ description: 'pictures per second' }),
  spans: z
    .array(
      z.object({
        kind: z.enum(['off', 'held', 'silent', 'tainted', 'unobserved', 'restart']),
        from: time,
        to: time,
        reason: z.string().optional(),
      }),
    )
    .readonly(),
});

/** The answer of `/v1/legs/{mediaLegId}/plots`. */
export const plots = z
  .object({
    part: z
      .literal('first')
      .optional()
      .meta({ description: 'only the first channel, in `levels` and in the figures of `leg` as well' }),
    mediaLegId: guid,
    startedAt: time,
    interval: z.number().meta({ description: 'seconds from slot to slot' }),
    slots: z.number().int(),
    channels: z
      .array(z.object({ media, channelIndex: z.number().int().min(1), inbound: side, outbound: side }))
      .readonly(),
    levels: z
      .array(
        z.object({
          media,
          journey: z.enum(['fromRoom', 'toRoom']),
          level: z.enum(['poor', 'fair', 'good', 'unmeasured']),
        }),
      )
      .readonly(),
    leg,
  })
  .meta({ id: 'Plots', description: 'a column a figure, an entry a slot, null where nothing was measured' });
