import type { CallSession, CallStream } from '../model/call-record.ts';
import type { Media } from '../model/channel.ts';
import type { GradedLeg, Journey, Thresholds } from '../model/verdict.ts';
import { gradeMeasures, type Measure, type Measures } from './grading.ts';
import { gradedLeg, LEAST, THRESHOLDS } from './levels.ts';

/** Which end of a session the bot was. */
export type BotSide = 'caller' | 'callee';

/**
 * The Teams leg of a bot, graded by the call record. What the bot sent is `fromRoom`, what it received `toRoom`. Of several
 * streams of one media the worst that has packets enough counts.
 */
export function gradeTeamsLeg(
  session: Pick<CallSession, 'streams'>,
  bot: BotSide,
  thresholds: Thresholds = THRESHOLDS,
): GradedLeg {
  const media = session.streams.flatMap((stream) => (stream.media === undefined ? [] : [stream.media]));
  const journeys: readonly Journey[] = ['fromRoom', 'toRoom'];
  const places = [...new Set(media)].flatMap((one) => journeys.map((journey) => [one, journey] as const));
  const grades = session.streams
    .filter(({ packets = 0 }) => packets >= LEAST.packets)
    .flatMap((stream) => (stream.media === undefined ? [] : gradesOf(stream, stream.media, bot, thresholds)));
  const told = places.filter(([one, journey]) =>
    session.streams.some((stream) => stream.media === one && journeyOf(stream, bot) === journey),
  );
  return gradedLeg(grades, told);
}

/** Which way a stream went, seen from the room behind the bot. */
export function journeyOf({ direction }: Pick<CallStream, 'direction'>, bot: BotSide): Journey {
  const sentByBot = (direction === 'callerToCallee') === (bot === 'caller');
  return sentByBot ? 'fromRoom' : 'toRoom';
}

function gradesOf(stream: CallStream, media: Media, bot: BotSide, thresholds: Thresholds) {
  const measure = (value: number | undefined): Measure | undefined => (value === undefined ? undefined : { value });
  const loss = measure(stream.averageLoss);
  const lossMaximum = measure(stream.maximumLoss);
  const roundTrip = measure(stream.averageRoundTrip);
  const jitter = measure(stream.averageJitter);
  // Packets that came made pictures: a rate of 0 is one that nobody measured.
  const frameRate = measure(stream.averageFrameRate || undefined);
  const measures: Measures = {
    media,
    journey: journeyOf(stream, bot),
    ...(loss && { loss }),
    ...(lossMaximum && { lossMaximum }),
    ...(roundTrip && { roundTrip }),
    ...(jitter && { jitter }),
    ...(frameRate && { frameRate }),
  };
  return gradeMeasures(measures, thresholds);
}
