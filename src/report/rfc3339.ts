/** RFC 3339 text of epoch seconds, with milliseconds, in UTC. */
export const rfc3339 = (at: number): string => new Date(at * 1000).toISOString();

/** The same for a value that may be missing, as a member to spread: absent stays absent. */
export function timeMember<K extends string>(key: K, at: number | undefined): { readonly [P in K]?: string } {
  return at === undefined ? {} : ({ [key]: rfc3339(at) } as { [P in K]?: string }); // a computed key widens to string
}
