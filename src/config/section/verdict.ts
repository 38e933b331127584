import { z } from 'zod';
import { duration } from '../value/duration.ts';
import { percent } from '../value/percent.ts';

const time = () => duration({ least: '1ms', most: '1h' });

const poor = z.strictObject({
  loss: percent().prefault('10%').describe('Loss beyond which a stream is poor.'),
  roundTrip: time().prefault('500ms').describe('Round trip beyond which a stream is poor.'),
  audioJitter: time()
    .prefault('30ms')
    .describe('Jitter of audio beyond which it is poor; of video it is never graded.'),
  videoFrameRate: z
    .number()
    .positive()
    .max(120)
    .prefault(7)
    .describe('Frames a second below which video is poor; of shared screens they are never graded.'),
  silence: time().prefault('15s').describe('Media that was expected and did not come for so long is poor.'),
});

const fair = z.strictObject({
  loss: percent().prefault('1%').describe('Average loss beyond which a stream is fair.'),
  roundTrip: time().prefault('300ms').describe('Average round trip beyond which a stream is fair.'),
  lossMaximum: percent().prefault('10%').describe('Loss in the worst window beyond which a stream is fair.'),
});

type Borders = { poor?: Record<string, unknown>; fair?: Record<string, unknown> };

function inOrder({ poor = {}, fair = {} }: Borders): boolean {
  return ['loss', 'roundTrip'].every((name) => Number(fair[name]) <= Number(poor[name]));
}

/** When a leg is bad. */
export const verdict = z.strictObject({
  thresholds: z
    .strictObject({
      poor: poor.prefault({}).describe("Borders of poor: Teams' own classification of streams."),
      fair: fair.prefault({}).describe('Borders of fair.'),
      inARow: duration({ least: '5s', most: '1h' })
        .prefault('15s')
        .describe('What is beyond a border of poor for so long in a row is poor, whatever the average.'),
    })
    .refine(inOrder, {
      error: 'must not be fair from where it is poor',
      params: { remedy: 'make no border of fair greater than the same of poor' },
      when: ({ value }) => typeof value === 'object' && value !== null,
    })
    .prefault({})
    .describe('From where on values are poor and fair (docs/verdict.md).'),
});
