import { z } from 'zod';
import { guid, time } from './common.ts';

/** Webex cuts a greater `max` without a word. */
const MOST_ITEMS = 100;

/** Webex' own sampling. Seconds. */
const SAMPLE_SECONDS = 60;

/** What of the request counts; parameters that Webex' clients add beside are let pass. */
export const qualitiesQuery = z.object({
  meetingId: guid.meta({ description: 'callChainId of the call' }),
  max: z.coerce
    .number()
    .int()
    .min(1)
    .default(MOST_ITEMS)
    .transform((max) => Math.min(max, MOST_ITEMS))
    .meta({ description: `items on a page, ${MOST_ITEMS} at most` }),
  offset: z.coerce.number().int().min(0).default(0).meta({ description: 'items to leave out' }),
  samplingInterval: z.coerce
    .number()
    .int()
    .min(1)
    .max(3600)
    .default(SAMPLE_SECONDS)
    .meta({ description: 'seconds a sample, a multiple of the slot (sampling.interval); Webex knows 60 only' }),
});

const numbers = z.array(z.number()).readonly().optional();
const runs = z
  .array(
    z.object({
      samplingInterval: z.number().meta({ description: 'seconds' }),
      startTime: time,
      endTime: time,
      packetLoss: numbers.meta({ description: 'percent' }),
      latency: numbers.meta({ description: 'milliseconds' }),
      jitter: numbers.meta({ description: 'milliseconds' }),
      resolutionHeight: numbers.meta({ description: 'pixels' }),
      frameRate: numbers.meta({ description: 'frames a second' }),
      mediaBitRate: numbers.meta({ description: 'bits a second' }),
      codec: z.string().optional(),
      transportType: z.enum(['UDP', 'TCP']).optional(),
    }),
  )
  .readonly();
const percents = z.array(z.number()).readonly();

const item = z
  .object({
    meetingInstanceId: z.string().meta({ description: 'callChainId' }),
    webexUserName: z.string().meta({ description: 'room, else name of the device' }),
    webexUserEmail: z.string().optional(),
    joinTime: time,
    leaveTime: time.optional(),
    clientType: z.string(),
    hardwareType: z.string(),
    networkType: z.enum(['wifi', 'cellular', 'ethernet', 'unknown']),
    localIP: z.string().optional(),
    publicIP: z.string().optional(),
    maskedLocalIP: z.string().optional(),
    maskedPublicIP: z.string().optional(),
    serverRegion: z.string().optional(),
    participantId: z.string().optional(),
    participantSessionId: z.string().meta({ description: 'mediaLegId' }),
    videoIn: runs,
    videoOut: runs,
    audioIn: runs,
    audioOut: runs,
    shareIn: runs,
    shareOut: runs,
    resources: z
      .array(
        z.object({
          processAverageCPU: percents,
          processMaxCPU: percents,
          systemAverageCPU: percents,
          systemMaxCPU: percents,
        }),
      )
      .readonly(),
  })
  .meta({ id: 'MeetingQuality', description: 'one leg; In is what is sent to the room, Out what comes from it' });

export const qualitiesAnswer = z.object({ items: z.array(item) }).meta({ id: 'MeetingQualities' });

export const webexError = z
  .object({
    message: z.string(),
    errors: z.array(z.object({ description: z.string() })),
    trackingId: z.string(),
  })
  .meta({ id: 'WebexError', description: "an error in the shape of Webex' APIs" });
