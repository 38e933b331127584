import type { z } from 'zod';

/** Reasons why a schema refuses a value; none if it takes it. */
export const reasons = (schema: z.ZodType, value: unknown): readonly string[] =>
  (schema.safeParse(value).error?.issues ?? []).map(({ message }) => message);
