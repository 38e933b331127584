/** A JSON Merge Patch (RFC 7396) of T: every member may be missing (stays) or null (goes). Arrays are replaced whole. */
export type MergePatch<T> = {
  readonly [K in keyof T]?:
    | (T[K] extends readonly unknown[] | undefined
        ? T[K]
        : T[K] extends object | undefined
          ? MergePatch<NonNullable<T[K]>>
          : T[K])
    | null;
};

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function merged(target: unknown, patch: Json): Json {
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) delete result[key];
    else result[key] = isObject(value) ? merged(result[key], value) : value;
  }
  return result;
}

/** `target` with `patch` applied (RFC 7396, section 2). Neither argument is changed. */
export function mergePatch<T extends object>(target: T, patch: MergePatch<T>): T {
  return merged(target, patch as Json) as T; // a merge patch of T applied to a T is a T: RFC 7396 adds no members
}
