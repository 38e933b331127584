import { z } from 'zod';
import { time } from './common.ts';

export const verdict = z
  .object({
    state: z.enum(['provisional', 'final']),
    leg: z.enum(['vtc', 'teams', 'both', 'none', 'unknown']),
    media: z.enum(['audio', 'video', 'screenSharing']).optional(),
    direction: z.enum(['fromRoom', 'toRoom']).optional(),
    at: time.optional(),
    severity: z.number().optional().meta({ description: 'value ÷ the value from which on it is poor' }),
    confidence: z.enum(['high', 'medium', 'low']),
    sentence: z.string(),
    reasons: z.array(z.string()).readonly(),
  })
  .meta({ id: 'Verdict', description: 'which leg was bad, why, and what to do next (docs/verdict.md)' });
