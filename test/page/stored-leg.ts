import type { CallRecord } from '../../src/model/call-record.ts';
import type { Direction, Media } from '../../src/model/channel.ts';
import type { Interval, Presence, Stream } from '../../src/model/interval.ts';
import type { Channel, Leg, Spell } from '../../src/model/leg.ts';
import type { Store } from '../../src/store/store.ts';
import { guidOf, tenant } from '../store/leg-of.ts';

export const SLOT = 5;

const RATE: Readonly<Record<Media, number>> = { audio: 50, video: 300, screenSharing: 60 };
const BITS: Readonly<Record<Media, number>> = { audio: 40_000, video: 1_800_000, screenSharing: 350_000 };

/** What is not as usual in one channel and direction, from `from` to `to` seconds of the leg. */
export type Trouble = {
  readonly channel: `${Media}/${number}`;
  readonly direction: Direction;
  readonly from: number;
  readonly to: number;
  readonly loss?: number;
  readonly roundTrip?: number;
  readonly kind?: 'silent' | 'tainted' | 'gap';
};

export type Told = {
  readonly name: string;
  readonly startedAt: number;
  readonly seconds: number;
  readonly channels: readonly `${Media}/${number}`[];
  readonly troubles?: readonly Trouble[];
  /** Spells of a channel, seconds of the leg; without any it was enabled throughout. */
  readonly spells?: Readonly<Partial<Record<`${Media}/${number}`, readonly Spell[]>>>;
  /** The second at which each inbound stream of a channel goes on under another SSRC. */
  readonly restart?: { readonly channel: `${Media}/${number}`; readonly at: number };
  readonly leg: Partial<Leg>;
  /** Graph's record of its call. */
  readonly record?: CallRecord;
};

async function storeRecord(store: Store, record: CallRecord, at: number): Promise<void> {
  const [task] = await store.claimCallRecords({
    owner: 'page',
    now: at + 1,
    limit: 1,
    leaseSeconds: 60,
    heldTenants: [],
  });
  if (task === undefined) throw new Error('no call record is due');
  await store.settleCallRecord(task.callChainId, task.fence, { at: at + 1, state: 'read', attempts: 1, record });
}

const directions: readonly Direction[] = ['inbound', 'outbound'];

const idOf = (key: `${Media}/${number}`) => {
  const [media, index] = key.split('/') as [Media, string]; // the type of the key says so
  return { media, channelIndex: Number(index) };
};

/** Writes a leg with its series into an open store, and ends it. */
export async function storeLeg(store: Store, told: Told): Promise<Leg> {
  const leg = legOf(told);
  await store.putLeg({ ...leg, state: 'live' }, 0);
  const cursors = new Map<string, Uint8Array>();
  for (const key of told.channels) {
    const streams = streamsOf(told, leg.mediaLegId, key);
    const slots = Array.from({ length: Math.ceil(told.seconds / SLOT) }, (_, n) => n * SLOT);
    const intervals = slots.flatMap((second) => directions.flatMap((way) => intervalsOf(told, key, way, second)));
    const presence = slots.map((second) => presenceOf(told, leg, key, second));
    await store.appendIntervals({ streams, intervals, presence, cursors });
  }
  const endedAt = told.startedAt + told.seconds;
  const callRecord = told.record && { callChainId: leg.control.callChainId ?? '', tenantId: tenant, dueAt: endedAt };
  await store.endLeg(
    { ...leg, revision: 1, state: 'ended', endedAt, endReason: 'ended' },
    callRecord ? { callRecord } : {},
  );
  if (told.record !== undefined) await storeRecord(store, told.record, endedAt);
  return leg;
}

function legOf({ name, startedAt, seconds, channels, spells, leg }: Told): Leg {
  const shifted = (list: readonly Spell[]): readonly Spell[] =>
    list.map(({ from, to = seconds, direction }) => ({ from: startedAt + from, to: startedAt + to, direction }));
  return {
    mediaLegId: guidOf(name),
    revision: 0,
    owner: 'page',
    state: 'ended',
    control: { callChainId: guidOf(`${name} call`), participantId: guidOf(`${name} participant`) },
    tenantId: tenant,
    device: { name: 'Cisco SX80', description: 'Bldg 30/21', room: 'Boardroom', timeZone: 'Europe/Berlin' },
    channels: channels.map(
      (key): Channel => ({
        ...idOf(key),
        told: 'control',
        spells: shifted(spells?.[key] ?? [{ from: 0, to: seconds, direction: 'sendrecv' }]),
        local: { address: '192.0.2.10', port: 20_000 },
        remote: { address: '10.1.2.3', port: 30_000 },
      }),
    ),
    earlierIdentifiers: [],
    startedAt,
    delivery: { state: 'none', reason: 'discarded' },
    ...leg,
  };
}

const streamId = (told: Told, key: string, way: Direction, second: number): string => {
  const goneOn = told.restart?.channel === key && way === 'inbound' && second >= told.restart.at;
  return `${guidOf(told.name)} ${key} ${way}${goneOn ? ' 2' : ''}`;
};

function streamsOf(told: Told, mediaLegId: string, key: `${Media}/${number}`): Stream[] {
  const { media, channelIndex } = idOf(key);
  const of = (way: Direction, id: string, more: Partial<Stream> = {}): Stream => ({
    streamId: id,
    mediaLegId,
    source: 'capture',
    direction: way,
    channel: { media, channelIndex },
    codec: media === 'audio' ? 'opus' : 'H264',
    transport: 'UDP',
    ...more,
  });
  const first = directions.map((way) => of(way, streamId(told, key, way, 0)));
  if (told.restart?.channel !== key) return first;
  const continues = streamId(told, key, 'inbound', 0);
  return [...first, of('inbound', streamId(told, key, 'inbound', told.restart.at), { continues })];
}

const troubleAt = (told: Told, key: string, way: Direction, second: number): Trouble | undefined =>
  told.troubles?.find((one) => one.channel === key && one.direction === way && second >= one.from && second < one.to);

function isOn(told: Told, key: `${Media}/${number}`, second: number): boolean {
  const spells = told.spells?.[key];
  return spells === undefined || spells.some(({ from, to = told.seconds }) => second >= from && second < to);
}

/** A wave that repeats, so that the same leg is made in each run. */
const wave = (second: number, period: number): number => 0.5 + 0.5 * Math.sin((2 * Math.PI * second) / period);

function intervalsOf(told: Told, key: `${Media}/${number}`, way: Direction, second: number): Interval[] {
  const trouble = troubleAt(told, key, way, second);
  if (trouble?.kind === 'silent' || trouble?.kind === 'gap' || !isOn(told, key, second)) return [];
  const startedAt = told.startedAt + second;
  const base = { streamId: streamId(told, key, way, second), startedAt, seconds: SLOT };
  if (trouble?.kind === 'tainted') return [{ ...base, coveredSeconds: 0, taint: 'capture-dropped' }];
  const { media } = idOf(key);
  const of = RATE[media] * SLOT;
  const lost = Math.round(of * (trouble?.loss ?? (wave(second, 340) > 0.985 ? 0.012 : 0)));
  const jitter = 0.003 + 0.004 * wave(second, 97) + (trouble?.loss ?? 0) * 0.05;
  const trip = trouble?.roundTrip ?? 0.04 + 0.02 * wave(second, 610);
  const origin = way === 'inbound' ? 'observed' : 'reported';
  const at = startedAt + SLOT;
  return [
    {
      ...base,
      coveredSeconds: SLOT,
      packets: of - lost,
      octets: ((BITS[media] * SLOT) / 8) * (0.85 + 0.3 * wave(second, 45)) * (1 - (trouble?.loss ?? 0)),
      ...(media === 'audio'
        ? {}
        : { frames: Math.round(SLOT * (media === 'video' ? 29 : 12) * (1 - (trouble?.loss ?? 0))) }),
      loss: { origin, lost, of, unit: 'packets', worst: { value: lost / of, at, windowSeconds: SLOT } },
      jitter: { origin, sum: jitter * SLOT, count: SLOT, worst: { value: jitter * 1.4, at } },
      roundTrip: { 'sr-rr': { origin: 'observed', sum: trip * 2, count: 2, worst: { value: trip * 1.2, at } } },
    },
  ];
}

function presenceOf(told: Told, { mediaLegId }: Leg, key: `${Media}/${number}`, second: number): Presence {
  const enabledSeconds = isOn(told, key, second) ? SLOT : 0;
  const by = (value: (trouble: Trouble | undefined) => number) => ({
    inbound: value(troubleAt(told, key, 'inbound', second)),
    outbound: value(troubleAt(told, key, 'outbound', second)),
  });
  return {
    mediaLegId,
    ...idOf(key),
    startedAt: told.startedAt + second,
    seconds: SLOT,
    enabledSeconds,
    observedSeconds: by((trouble) => (trouble?.kind === 'tainted' || trouble?.kind === 'gap' ? 0 : enabledSeconds)),
    silentSeconds: by((trouble) => (trouble?.kind === 'silent' ? enabledSeconds : 0)),
  };
}
