import { OtherlegError } from '../model/error.ts';

/** How far another host's clock may be ahead of ours before its word is refused. Seconds. */
const AHEAD = 60;

const asText = (at: number): string => new Date(at * 1000).toISOString();

/** The begin of a leg as told, checked against our clock. */
export function toldStart(startedAt: number, now: number): number {
  if (startedAt <= now + AHEAD) return startedAt;
  throw new OtherlegError(
    'BODY_INVALID',
    `startedAt ${asText(startedAt)} lies in the future (it is ${asText(now)} here)`,
    {
      hint: 'set the clocks of gateway and agent by NTP, or leave startedAt out',
    },
  );
}

/** When a change took effect as told; small leads of another clock are cut to now. */
export function toldChange(at: number | undefined, now: number): number | undefined {
  if (at === undefined || at <= now) return at;
  if (at <= now + AHEAD) return now;
  throw new OtherlegError('BODY_INVALID', `at ${asText(at)} lies in the future (it is ${asText(now)} here)`, {
    hint: 'tell the change when it has taken effect, or leave at out',
  });
}

/** The end of a leg as told, or now; small leads of another clock are cut to now. */
export function toldEnd(endedAt: number | undefined, startedAt: number, now: number): number {
  if (endedAt === undefined) return Math.max(now, startedAt);
  if (endedAt < startedAt) {
    throw new OtherlegError(
      'BODY_INVALID',
      `endedAt ${asText(endedAt)} lies before the leg's begin ${asText(startedAt)}`,
      {
        hint: 'send the end with a time after the begin, or leave endedAt out; the leg goes on',
      },
    );
  }
  if (endedAt <= now + AHEAD) return Math.min(endedAt, Math.max(now, startedAt));
  throw new OtherlegError('BODY_INVALID', `endedAt ${asText(endedAt)} lies in the future (it is ${asText(now)} here)`, {
    hint: 'set the clocks of gateway and agent by NTP, or leave endedAt out; the leg goes on',
  });
}
