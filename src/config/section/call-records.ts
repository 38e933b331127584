import { z } from 'zod';
import { duration } from '../value/duration.ts';

/** Reading Graph's own record of the call. */
export const callRecords = z.strictObject({
  enabled: z.boolean().prefault(false).describe('Whether call records are read. Not yet in effect.'),
  delay: duration({ least: '1s', most: '150m' })
    .prefault('15m')
    .describe("First try after the leg's end; also the first wait after a 404. Not yet in effect."),
});
