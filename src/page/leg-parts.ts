import type { ShownLeg, VerdictAnswer } from '../client/read-shapes.ts';
import type { Level } from '../model/verdict.ts';
import { h } from './dom.ts';
import { number } from './numbers.ts';
import { clock, day, dayKey, duration, seconds, zoneName } from './shown-time.ts';
import { journeyName, levelSign, levelWord, mediaName } from './words.ts';

/** How a leg is called: its room, else its device. */
export const roomOf = ({ device }: Pick<ShownLeg, 'device'>): string => device.room ?? device.name;

/** The device and what is known of it beside the room. */
export function deviceLine({ device, deviceUri }: ShownLeg): string {
  const named = [device.room === undefined ? undefined : device.name, device.description, deviceUri];
  return [...new Set(named.filter((text) => text !== undefined && text !== '-'))].join(' · ');
}

/** A level in words and a sign; its colour only helps. */
export const levelChip = (level: Level): HTMLElement =>
  h('span', { class: `level ${level}` }, h('span', { 'aria-hidden': 'true' }, levelSign[level]), levelWord[level]);

/** How bad a leg was at worst, by its verdict; where that is not known, by its severity. */
export function legLevel({ verdict, severity }: { verdict?: VerdictAnswer; severity?: number }): Level {
  const worst = verdict?.severity ?? severity;
  if (worst !== undefined && worst >= 1) return 'poor';
  if (verdict === undefined) return worst === undefined ? 'unmeasured' : 'good';
  if (verdict.leg === 'unknown') return 'unmeasured';
  return verdict.leg === 'none' ? 'good' : 'fair';
}

/** Length of a leg in seconds, up to now of a live one. */
export const lengthOf = ({ startedAt, endedAt }: ShownLeg, now = Date.now() / 1000): number =>
  (endedAt === undefined ? now : seconds(endedAt)) - seconds(startedAt);

/** "Tue 3 Feb 2026, 10:00 – 10:42 CET (42 min)"; the day of the end where it is another. */
export function timeLine(leg: ShownLeg): string {
  const { timeZone } = leg.device;
  const from = seconds(leg.startedAt);
  const until = leg.endedAt === undefined ? 'now' : momentAfter(from, seconds(leg.endedAt), timeZone);
  return `${day(from, timeZone)}, ${clock(from, timeZone)} – ${until} ${zoneName(from, timeZone)} (${duration(lengthOf(leg))})`;
}

const momentAfter = (from: number, to: number, timeZone: string | undefined): string =>
  dayKey(from, timeZone) === dayKey(to, timeZone)
    ? clock(to, timeZone)
    : `${day(to, timeZone)}, ${clock(to, timeZone)}`;

/** What is said of a leg: its verdict, or what is known without one. */
export function sentenceOf(leg: ShownLeg): string {
  if (leg.verdict !== undefined) return leg.verdict.sentence;
  if (leg.state === 'live') return 'The call goes on.';
  const { severity } = leg;
  if (severity === undefined) return 'Too little was measured to say.';
  return severity >= 1
    ? 'The leg between the room and the gateway was bad.'
    : 'Nothing was bad on the leg between the room and the gateway.';
}

/** "1.4 × poor", and below it "Audio from the room". */
export function worstText({ verdict, severity }: ShownLeg): readonly (HTMLElement | string)[] {
  const worst = verdict?.severity ?? severity;
  if (worst === undefined) return ['–'];
  const told = `${number(worst)} × poor`;
  if (verdict?.media === undefined || verdict.direction === undefined) return [told];
  return [told, ' ', h('small', {}, `${mediaName[verdict.media]} ${journeyName[verdict.direction].toLowerCase()}`)];
}
