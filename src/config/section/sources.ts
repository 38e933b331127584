import { z } from 'zod';
import { capture } from './capture.ts';

/** The sources that this release has. */
export const sourceKind = z.enum(['capture', 'getstats', 'webrtc', 'webex']);

/** What may measure legs. */
export const sources = z.strictObject({
  capture,
  getstats: z
    .strictObject({
      enabled: z.boolean().prefault(true).describe('Whether gateways may post W3C statistics of their legs.'),
    })
    .prefault({})
    .describe('Statistics that the gateway posts.'),
  webrtc: z
    .strictObject({
      enabled: z.boolean().prefault(true).describe('Whether legs may be offered to the agent itself (WHIP).'),
      maximumSessions: z
        .int()
        .min(1)
        .max(64)
        .prefault(8)
        .describe(
          'Peer connections at once; receiving audio and small video costs about 5 % of a core and 25 descriptors each.',
        ),
    })
    .prefault({})
    .describe("The agent's own peer connection; a child process that runs only while it is used."),
});
