import type { LegPatch } from './shapes.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * One patch that does what `first` and then `second` do (RFC 7396): null stays, because it still has to clear something
 * at the agent.
 */
export function joinPatches(first: LegPatch, second: LegPatch): LegPatch {
  return joined(first, second);
}

function joined(first: Json, second: Json): Json {
  const result: Record<string, unknown> = { ...first };
  for (const [name, value] of Object.entries(second)) {
    if (value === undefined) continue;
    const before = result[name];
    result[name] = isObject(before) && isObject(value) ? joined(before, value) : value;
  }
  return result;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
