import { z } from 'zod';

/** What people may see. */
export const privacy = z.strictObject({
  addresses: z
    .enum(['full', 'masked'])
    .prefault('full')
    .describe('masked: page, API, logs and the store after delivery show no full address; the report does.'),
  keepParticipants: z
    .boolean()
    .prefault(false)
    .describe(
      'Whether call-record sessions of other participants keep who they are; without it times, platform and figures.',
    ),
});

/** What is logged (JSON lines on standard output). */
export const log = z.strictObject({
  level: z
    .enum(['info', 'debug', 'trace', 'warn', 'error', 'fatal', 'silent'])
    .prefault('info')
    .describe('Lowest level that is logged.'),
});
