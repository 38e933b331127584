import type { MediaDescription } from 'sdp-transform';

/** The SSRCs that the writer of a media description says it sends (RFC 5576). */
export type DescribedSsrcs = {
  /** Of the media themselves. */
  readonly ssrcs: readonly number[];
  /** Of their retransmissions and FEC. */
  readonly repairSsrcs: readonly number[];
};

/** In these groups the first SSRC is the medium and the others repair it (RFC 5576, 4.2; RFC 5956, 4.3). */
const repairing = new Set(['FID', 'FEC', 'FEC-FR']);

/** The SSRCs of one media description, media apart from what repairs them. */
export function describedSsrcs(section: Pick<MediaDescription, 'ssrcs' | 'ssrcGroups'>): DescribedSsrcs {
  const groups = (section.ssrcGroups ?? []).map(({ semantics, ssrcs }) => ({
    semantics: String(semantics),
    members: String(ssrcs).split(/\s+/).flatMap(ssrcOf),
  }));
  const repair = new Set(
    groups.filter(({ semantics }) => repairing.has(semantics)).flatMap(({ members }) => members.slice(1)),
  );
  const named = (section.ssrcs ?? []).flatMap(({ id }) => ssrcOf(String(id)));
  const all = new Set([...named, ...groups.flatMap(({ members }) => members)]);
  return { ssrcs: [...all].filter((ssrc) => !repair.has(ssrc)), repairSsrcs: [...repair] };
}

function ssrcOf(digits: string): number[] {
  const ssrc = Number(digits);
  return /^\d+$/.test(digits) && ssrc <= 0xffff_ffff ? [ssrc] : [];
}
