import type { WebexLeg } from '../../model/leg.ts';
import type { WebexItem } from './shape.ts';

/** Whose media session a leg is. `ambiguous`: several fit, so none is taken. */
export type Found = { readonly item: WebexItem } | 'none' | 'ambiguous';

/** How far clocks and the words for begin and end may differ. Seconds. */
const SLACK = 60;

/**
 * The media session of a leg: by participantSessionId, else by email, else by name, each as far as it was told; of a
 * participant who came again, the session that was there in the leg's time (epoch seconds).
 */
export function participantOf(
  items: readonly WebexItem[],
  keys: WebexLeg,
  life: { readonly from: number; readonly to: number },
): Found {
  const tries: readonly (readonly [string | undefined, (item: WebexItem) => string | undefined])[] = [
    [keys.participantSessionId, (item) => item.participantSessionId],
    [keys.email, (item) => item.webexUserEmail],
    [keys.name, (item) => item.webexUserName],
  ];
  for (const [wanted, of] of tries) {
    if (wanted === undefined) continue;
    const fit = once(items).filter((item) => isSame(of(item), wanted) && isThere(item, life));
    const [item] = fit;
    if (item !== undefined) return fit.length === 1 ? { item } : 'ambiguous';
  }
  return 'none';
}

/** Pages may overlap when people come and go between them, and links may go round: of one session the last word counts. */
function once(items: readonly WebexItem[]): readonly WebexItem[] {
  const latest = new Map(items.map((item, at) => [sessionOf(item) ?? at, item]));
  return [...latest.values()];
}

function sessionOf(item: WebexItem): string | undefined {
  const { participantSessionId: id, webexUserEmail, webexUserName, joinTime } = item;
  return id === undefined ? undefined : JSON.stringify([id, webexUserEmail, webexUserName, joinTime]);
}

const isSame = (a: string | undefined, b: string): boolean => a?.trim().toLowerCase() === b.trim().toLowerCase();

const isThere = ({ joinTime, leaveTime }: WebexItem, { from, to }: { from: number; to: number }): boolean =>
  (joinTime ?? from) <= to + SLACK && (leaveTime ?? to) >= from - SLACK;
