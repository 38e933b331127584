import type { Endpoint } from '../../model/channel.ts';
import type { Stream } from '../../model/interval.ts';

/** What a report tells of a stream that does not change from sample to sample. */
export type StreamAbout = Omit<Stream, 'streamId' | 'mediaLegId' | 'source' | 'continues'>;

/** Whether a stream became another one: its SSRC, codec or path changed. What was not known before cannot have changed. */
export function isAnother(before: StreamAbout, now: StreamAbout): boolean {
  return (
    differs(before.ssrc, now.ssrc) ||
    differs(before.codec, now.codec) ||
    differs(textOf(before.local), textOf(now.local)) ||
    differs(textOf(before.remote), textOf(now.remote))
  );
}

/** Whether something became known of a stream, or is told otherwise than before. */
export function isNews(before: StreamAbout, now: StreamAbout): boolean {
  const { local, remote, ...told } = now;
  const path =
    (local && textOf(local) !== textOf(before.local)) || (remote && textOf(remote) !== textOf(before.remote));
  const known: Readonly<Record<string, unknown>> = before;
  return path || Object.entries(told).some(([member, value]) => known[member] !== value);
}

/** A streamId that no stream of the leg has: its parts, and a number from the second use on. */
export function freshName(parts: readonly (string | number)[], taken: { has(streamId: string): boolean }): string {
  const name = parts.join('/');
  let fresh = name;
  for (let use = 2; taken.has(fresh); use += 1) fresh = `${name}/${use}`;
  return fresh;
}

/** One end of a path as text. */
export function textOf(endpoint: Endpoint | undefined): string | undefined {
  return endpoint && `${endpoint.address} ${endpoint.port}`;
}

function differs(before: string | number | undefined, now: string | number | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now;
}
