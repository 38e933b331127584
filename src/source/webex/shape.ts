import { z } from 'zod';
import { instantOf } from '../../model/instant.ts';

/*
 * The answer of Webex' Get Meeting Qualities as it comes. Only the meeting's identifier is required there, so everything
 * else may be missing, empty or of another type; what cannot be read is absent.
 */

const text = z.string().min(1).optional().catch(undefined);
const instant = z.string().transform(instantOf).pipe(z.number()).optional().catch(undefined);
/** Numbers that are none keep their place. */
const numbers = z.array(z.number().min(0).nullable().catch(null)).catch([]);

const run = z.looseObject({
  samplingInterval: z.number().positive().optional().catch(undefined),
  startTime: instant,
  endTime: instant,
  packetLoss: numbers,
  latency: numbers,
  jitter: numbers,
  resolutionHeight: numbers,
  frameRate: numbers,
  mediaBitRate: numbers,
  codec: text,
  transportType: z.enum(['UDP', 'TCP']).optional().catch(undefined),
});
const runs = z
  .array(z.unknown())
  .transform((all) => all.flatMap((one) => run.safeParse(one).data ?? []))
  .catch([]);

const item = z.looseObject({
  meetingInstanceId: text,
  webexUserName: text,
  webexUserEmail: text,
  participantSessionId: text,
  joinTime: instant,
  leaveTime: instant,
  videoIn: runs,
  videoOut: runs,
  audioIn: runs,
  audioOut: runs,
  shareIn: runs,
  shareOut: runs,
});

const answer = z.looseObject({
  items: z.array(z.unknown()).transform((all) => all.flatMap((one) => item.safeParse(one).data ?? [])),
});

/** Samples of one media and way, times in epoch seconds, the rest in Webex' units: percent, milliseconds, bits/s. */
export type WebexRun = z.infer<typeof run>;
/** One participant's media session. */
export type WebexItem = z.infer<typeof item>;

/** The media sessions of an answer; undefined where the body is none. */
export function webexItems(body: unknown): readonly WebexItem[] | undefined {
  return answer.safeParse(body).data?.items;
}
