import { z } from 'zod';

/** Any 8-4-4-4-12 hexadecimal: Microsoft's are not RFC 9562 UUIDs. Compared without case, so kept in lower case. */
export const guid = z
  .guid('expected a GUID, 8-4-4-4-12 hexadecimal digits')
  .meta({ description: 'GUID, any version, any case' });

export const time = z.iso
  .datetime({ offset: true, error: 'expected an RFC 3339 time such as 2026-01-31T10:00:00Z' })
  .meta({ description: 'RFC 3339 time' });

/** Epoch seconds of an RFC 3339 time. */
export const seconds = (text: string): number => Date.parse(text) / 1000;

export const legParams = z.strictObject({ mediaLegId: guid });

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string().meta({ description: 'stable code for programs' }),
    detail: z.string(),
    hint: z.string().optional(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem, media type application/problem+json' });
