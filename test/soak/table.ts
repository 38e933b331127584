import { AIMS, type SoakResult } from './soak-run.ts';

/** What a soak found, for people. */
export function soakTable(result: SoakResult): string {
  const { rounds, duplicatedByKill, duplicatedOtherwise } = result;
  const kills = AIMS.map((aim) => `${aim} ${rounds.filter((round) => round.aim === aim).length}`).join(', ');
  const widest = Math.max(0, ...duplicatedByKill.map(({ gap }) => gap));
  const rows: readonly (readonly [string, string | number])[] = [
    ['seed', result.seed],
    ['rounds (kill -9)', `${rounds.length}: ${kills}`],
    ['legs', result.legs],
    ['promised (end answered 2xx)', result.promised],
    ['delivered', result.delivered],
    [
      'duplicated: kill between answer and commit',
      `${duplicatedByKill.length}${widest > 0 ? ` (kill ≤ ${Math.ceil(widest * 1000)} ms after the answer)` : ''}`,
    ],
    ['duplicated otherwise', duplicatedOtherwise.length],
    ['other body than promised', result.altered.length],
    ['refused what must be possible', result.broken.length],
    ['lost', result.lost.length],
    ['seconds', Math.round(result.seconds)],
  ];
  return `${['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join('\n')}\n`;
}

/** What must not be, one a line; empty if all is well. */
export function failings({ lost, altered, duplicatedOtherwise, broken }: SoakResult): readonly string[] {
  return [
    ...lost.map((id) => `lost: ${id}`),
    ...altered.map((id) => `altered: ${id}`),
    ...duplicatedOtherwise.map(({ mediaLegId, gap }) => `sent twice: ${mediaLegId}, ${gap} s`),
    ...broken,
  ];
}
