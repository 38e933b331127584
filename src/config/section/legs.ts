import { z } from 'zod';
import { duration, formatDuration, parseDuration } from '../value/duration.ts';
import { type Refuse, textValue } from '../value/text-value.ts';

const SLOTS = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60];

/** Slots begin at whole minutes: only what divides one keeps them in step. */
function readSlot(text: string, refuse: Refuse): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined && SLOTS.includes(seconds)) return seconds;
  return refuse('must divide 60 s', `use one of ${SLOTS.map((slot) => `${slot}s`).join(', ')}`);
}

/** The slots in which everything is measured. */
export const sampling = z.strictObject({
  interval: textValue({ read: readSlot, write: formatDuration })
    .prefault('5s')
    .describe('Length of a slot of the series; divides 60 s.'),
});

/** When a leg that nobody ends is over. */
export const legs = z.strictObject({
  idleEnd: duration({ least: '1m' })
    .prefault('2h')
    .describe('A leg of the control API ends after this time without media, statistics or control.'),
  uncontrolledIdleEnd: duration({ least: '10s' })
    .prefault('5m')
    .describe('A leg that the agent found itself ends after this time without media.'),
});

/** What happens at SIGTERM. */
export const drain = z.strictObject({
  legs: z
    .enum(['keep', 'close'])
    .prefault('keep')
    .describe('keep: live legs go on after the restart; close: they end now and are reported.'),
  deadline: duration({ least: '1s', most: '1h' })
    .prefault('25s')
    .describe('How long the outbox may still be sent; the rest is sent after the restart.'),
});
