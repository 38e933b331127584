import { z } from 'zod';
import { duration } from '../value/duration.ts';

/** Reading Graph's own record of the call. */
export const callRecords = z.strictObject({
  enabled: z
    .boolean()
    .prefault(false)
    .describe(
      "Whether Graph's own records of calls are read, for the Teams leg; the application needs CallRecords.Read.All.",
    ),
  delay: duration({ least: '1s', most: '150m' })
    .prefault('15m')
    .describe(
      "First try after the leg's end, and first wait after a 404, doubled up to 30 minutes until 150 after the end.",
    ),
});
