import { describe, expect, it } from 'vitest';
import { awaitsImport, wantsImport } from '../../src/leg/awaited-import.ts';
import { LiveLegs } from '../../src/leg/legs.ts';
import { mayGoOut, owedState } from '../../src/leg/owed.ts';
import type { Leg, LegControl, LegDevice } from '../../src/model/leg.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import { begin, id, identity } from './measured-legs.ts';

const device: LegDevice = { name: 'a', description: 'b', webex: true };
const webex = { meetingId: 'm', name: 'Boardroom' };

describe('wantsImport', () => {
  it.each<[string, boolean, LegControl, Partial<LegDevice>]>([
    ['a leg of a marked device that was told where', true, { webex }, {}],
    ['nobody told where', false, {}, {}],
    ['nobody told who', false, { webex: { meetingId: 'm' } }, {}],
    ['its control names other sources', false, { webex, sources: ['capture'] }, {}],
    ['its device does', false, { webex }, { sources: ['getstats'] }],
    ['its control goes before its device', true, { webex, sources: ['webex'] }, { sources: ['getstats'] }],
  ])('%s: %s', (_, wanted, control, more) => {
    expect(wantsImport({ control, device: { ...device, ...more } })).toBe(wanted);
  });

  it('no leg of another device', () => {
    expect(wantsImport({ control: { webex }, device: { name: 'a', description: 'b' } })).toBe(false);
  });
});

it('a leg that waits for its import does not go out before, whatever is told of it', () => {
  const delivery = owedState({ awaitsImport: true }, [], '{}');
  expect(delivery).toEqual({ state: 'waiting', reason: 'webex-import' });
  expect(owedState({ awaitsImport: true, report: false }, [], '{}')).toEqual({ state: 'none', reason: 'discarded' });
  const leg = { state: 'ended', delivery, control: {}, device } as unknown as Leg; // all that is looked at
  expect(awaitsImport(leg)).toBe(true);
  expect(awaitsImport({ ...leg, delivery: { state: 'waiting' } })).toBe(false);
  expect(mayGoOut(leg, { ...leg, control: identity })).toBe(false);
  expect(mayGoOut({ ...leg, delivery: { state: 'waiting' } }, { ...leg, control: identity })).toBe(true);
});

it('a leg that Webex measures is not idle for being quiet here', async () => {
  let now = begin;
  const store = sqliteStore({ path: ':memory:', owner: 'here', now: () => now });
  await store.open();
  const awaited: string[] = [];
  const legs = new LiveLegs({
    store,
    clock: { now: () => now },
    sources: () => [],
    context: () => ({
      owner: 'here',
      devices: [{ name: 'a', match: { addresses: [], uris: ['room@x'] }, webex: true }],
    }),
    reportOf: () => undefined,
    draftOf: () => undefined,
    slotSeconds: 5,
    idleSeconds: 7200,
    uncontrolledIdleSeconds: 300,
    onQueued: () => undefined,
    imports: { onAwaited: ({ mediaLegId }) => void awaited.push(mediaLegId) },
    log: { info: () => undefined, warn: () => undefined },
  });
  await legs.put(id, { deviceUri: 'room@x', webex });
  now += 6 * 3600;
  await legs.tick();
  expect(legs.liveCount).toBe(1);
  expect((await legs.end(id, {})).delivery).toMatchObject({ state: 'waiting', reason: 'webex-import' });
  expect(awaited).toEqual([id]);
  // Nothing came: there is nothing to report, and it is asked for once only.
  expect(await legs.imported(id, undefined)).toMatchObject({ delivery: { state: 'none', reason: 'nothing-measured' } });
  expect(await legs.imported(id, undefined)).toBeUndefined();
  await store.close();
});
