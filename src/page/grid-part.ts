import type { LevelAnswer } from '../client/read-shapes.ts';
import { h } from './dom.ts';
import { levelChip } from './leg-parts.ts';
import { journeyName, journeys, levelOf, mediaName, mediaOrder } from './words.ts';

/** Which media was how good on which journey, on both legs. */
export function levelGrid(
  vtc: readonly LevelAnswer[] | undefined,
  teams: readonly LevelAnswer[] | undefined,
): HTMLElement {
  const media = mediaOrder.filter((one) => [...(vtc ?? []), ...(teams ?? [])].some((cell) => cell.media === one));
  const cell = (
    levels: readonly LevelAnswer[] | undefined,
    one: (typeof media)[number],
    journey: (typeof journeys)[number],
  ) => {
    const level = levelOf(levels, one, journey);
    return h('td', {}, level === undefined ? h('span', { class: 'absent' }, '–') : levelChip(level));
  };
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'How good each media was on both legs' },
    h(
      'table',
      { class: 'grid' },
      h('caption', { class: 'unseen' }, 'How good each media was, from and to the room, on both legs'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('td', { rowspan: 2 }),
          journeys.map((journey) => h('th', { scope: 'colgroup', colspan: 2 }, journeyName[journey])),
        ),
        h(
          'tr',
          {},
          journeys.flatMap(() => [h('th', { scope: 'col' }, 'Room leg'), h('th', { scope: 'col' }, 'Teams leg')]),
        ),
      ),
      h(
        'tbody',
        {},
        media.map((one) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, mediaName[one]),
            journeys.flatMap((journey) => [cell(vtc, one, journey), cell(teams, one, journey)]),
          ),
        ),
        media.length === 0 && h('tr', {}, h('td', { colspan: 5 }, 'Nothing was measured yet.')),
      ),
    ),
  );
}
