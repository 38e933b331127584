import { z } from 'zod';
import { configSchema } from './config.ts';
import type { SchemaNode } from './option-tree.ts';

/** The JSON Schema (draft 2020-12) of a value as it is written. */
export function asJsonSchema(schema: z.ZodType): SchemaNode {
  return z.toJSONSchema(schema, { io: 'input', reused: 'inline' }) as SchemaNode; // the part of JSON Schema that zod writes
}

/** The JSON Schema of the file, for editors and for explaining what is wrong. */
export function jsonSchema(): SchemaNode {
  return { ...asJsonSchema(configSchema({ env: {} })), title: 'otherleg configuration' };
}

// node src/config/json-schema.ts > config/schema.json && biome format --write config/schema.json
if (import.meta.main) process.stdout.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
