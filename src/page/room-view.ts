import type { ShownLeg } from '../client/read-shapes.ts';
import { api } from './api.ts';
import { dailyChart } from './daily.ts';
import { daily } from './daily-count.ts';
import { h } from './dom.ts';
import { legList } from './leg-list.ts';
import { deviceLine } from './leg-parts.ts';
import { dayKey, seconds } from './shown-time.ts';
import type { View } from './view.ts';

const DAYS = 30;
const MOST = 2000;
const SHOWN = 200;

/** One room: its last 30 days. */
export const roomView: View = async ({ of: room }, signal) => {
  // Days of the calendar, of which one may have 25 hours.
  const from = new Date(Date.now() - (DAYS + 1) * 86_400_000).toISOString();
  const [byRoom, byDevice] = await Promise.all([
    api.allLegs({ room, from }, MOST, signal),
    api.allLegs({ device: room, from }, MOST, signal),
  ]);
  // A device without a room is called by its own name.
  const found = byRoom.length > 0 ? byRoom : byDevice.filter(({ device }) => device.room === undefined);
  const [newest] = found;
  const zone = newest?.device.timeZone;
  const days = daily(found, { now: Date.now() / 1000, days: DAYS, ...(zone === undefined ? {} : { timeZone: zone }) });
  const [{ key: first } = { key: '' }] = days;
  const legs = found.filter(({ startedAt }) => dayKey(seconds(startedAt), zone) >= first);
  return {
    title: room,
    content: [
      h('h1', { tabindex: -1 }, room),
      newest && h('p', { class: 'device' }, deviceLine(newest)),
      h('p', { class: 'summary' }, summary(legs)),
      h('h2', {}, `Share of poor calls, the last ${DAYS} days`),
      dailyChart(days),
      h('h2', {}, 'Calls'),
      legs.length === 0
        ? h('p', { class: 'empty' }, `No call of ${room} in the last ${DAYS} days.`)
        : legList(legs.slice(0, SHOWN), 'its room'),
      legs.length > SHOWN ? h('p', { class: 'note' }, `The newest ${SHOWN} of ${legs.length}.`) : undefined,
    ],
  };
};

function summary(legs: readonly ShownLeg[]): string {
  const measured = legs.filter(({ severity }) => severity !== undefined);
  const poor = measured.filter(({ severity = 0 }) => severity >= 1);
  const share =
    measured.length === 0 ? '' : `, ${Math.round((100 * poor.length) / measured.length)} % of the measured ones`;
  return `${legs.length} calls, ${poor.length} of them poor${share}.`;
}
