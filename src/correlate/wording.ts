import type { Media } from '../model/channel.ts';
import type { Grade, Journey } from '../model/verdict.ts';

const MEDIA: Readonly<Record<Media, string>> = { audio: 'audio', video: 'video', screenSharing: 'shared screen' };
const JOURNEY: Readonly<Record<Journey, string>> = { fromRoom: 'from the room', toRoom: 'to the room' };

/** "the audio from the room". */
export function mediaIn({ media, journey }: Pick<Grade, 'media' | 'journey'>): string {
  return `the ${MEDIA[media]} ${JOURNEY[journey]}`;
}

/** What was wrong, as people say it: "12 % of the audio from the room was lost". */
export function complaint(grade: Grade): string {
  const { measure, value } = grade;
  const what = mediaIn(grade);
  switch (measure) {
    case 'loss':
      return `${percent(value)} of ${what} was lost`;
    case 'lossMaximum':
      return `up to ${percent(value)} of ${what} was lost for seconds`;
    case 'roundTrip':
      return `${what} took ${millis(value)} there and back`;
    case 'jitter':
      return `${what} arrived unevenly, with ${millis(value)} of jitter`;
    case 'frameRate':
      return `${what} had ${number(value)} pictures a second`;
    case 'silence':
      return `${what} was missing for ${duration(value)}`;
  }
}

/** Two digits that mean something. */
function number(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(1);
}

const percent = (ratio: number): string => `${number(ratio * 100)} %`;
const millis = (seconds: number): string => `${(seconds * 1000).toFixed(0)} ms`;

/** "90 s", "27 min". */
function duration(seconds: number): string {
  return seconds < 120 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(0)} min`;
}

/** Time of day where the room is: "10:04". */
export function timeOfDay(at: number, timeZone: string | undefined): string {
  const options: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  const clock = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: timeZone ?? 'UTC' }).format(at * 1000);
  return timeZone === undefined ? `${clock} UTC` : clock;
}
