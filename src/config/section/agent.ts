import { z } from 'zod';

/** Who this agent is in the store that it may share with others. */
export const agent = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, { error: 'must not be empty' })
    .max(64, { error: 'must have 64 characters at most' })
    .exactOptional()
    .describe("Name of this agent, unique among agents that share a store; without it the machine's host name."),
});
