/** Leaves out the members that are undefined: absent is a member that is not there. */
export function present<T extends object>(members: { readonly [K in keyof T]: T[K] | undefined }): T {
  const kept: Record<string, unknown> = {};
  for (const name in members) if (members[name] !== undefined) kept[name] = members[name];
  // Sound: the parameter type lets only optional members of T be undefined.
  return kept as T;
}
