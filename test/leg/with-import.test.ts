import { describe, expect, it } from 'vitest';
import { summed } from '../../src/leg/summed.ts';
import { withImport } from '../../src/leg/with-import.ts';
import type { Series } from '../../src/model/interval.ts';
import type { Leg } from '../../src/model/leg.ts';
import { importedQuality } from '../../src/source/webex/imported.ts';
import { webexItems } from '../../src/source/webex/shape.ts';
import { participant } from '../source/webex/webex-stand-in.ts';

const BEGIN = 1_800_000_005;

const leg = (seconds: number, more: Partial<Leg> = {}): Leg => ({
  mediaLegId: 'leg',
  revision: 1,
  owner: 'here',
  state: 'ended',
  control: {},
  device: { name: 'a', description: 'b', webex: true },
  channels: [],
  earlierIdentifiers: [],
  startedAt: BEGIN,
  endedAt: BEGIN + seconds,
  delivery: { state: 'waiting', reason: 'webex-import' },
  ...more,
});
const nothing: Series = { mediaLegId: 'leg', streams: [], intervals: [], presence: [] };

function imported(of: Leg, person: object, series = nothing) {
  const [item] = webexItems({ items: [person] }) ?? [];
  if (item === undefined) throw new Error('not read');
  const to = of.endedAt ?? 0;
  const after = withImport(of, series, importedQuality(item, 'leg'), to);
  return { ...after, view: summed(after.leg, after.series, to) };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

describe('withImport', () => {
  it('enables each channel for as long as it was sampled, each second once', () => {
    const { view } = imported(leg(600), participant({ joinTime: BEGIN, minutes: 10 }));
    // Sampled from 0.3 s (sent) and 7.1 s (received) on, to the end of the leg.
    expect(view.channels.map(({ media, mediaDuration }) => [media, Number(mediaDuration.toFixed(3))])).toEqual([
      ['audio', 599.7],
      ['video', 587.1],
    ]);
    const audio = view.series.presence.filter(({ media }) => media === 'audio');
    expect(sum(audio.map(({ observedSeconds }) => observedSeconds.inbound))).toBeCloseTo(592.9, 3);
    expect(sum(audio.map(({ observedSeconds }) => observedSeconds.outbound))).toBeCloseTo(599.7, 3);
    for (const { enabledSeconds, observedSeconds } of view.series.presence)
      expect(Math.max(observedSeconds.inbound, observedSeconds.outbound)).toBeLessThanOrEqual(enabledSeconds + 1e-6);
  });

  it('counts what overlaps once: two runs of one way that were told twice', () => {
    const person = participant({ joinTime: BEGIN, minutes: 10 }) as { audioIn: object[] };
    const { view } = imported(leg(600), { ...person, audioIn: [...person.audioIn, ...person.audioIn], audioOut: [] });
    const audio = view.series.presence.filter(({ media }) => media === 'audio');
    expect(sum(audio.map(({ observedSeconds }) => observedSeconds.outbound))).toBeCloseTo(599.7, 3);
    expect(view.channels[0]?.mediaDuration).toBeCloseTo(599.7, 3);
  });

  it('joins the slots that the leg has', () => {
    const observedSeconds = { inbound: 0, outbound: 0 };
    const row = { mediaLegId: 'leg', media: 'audio', channelIndex: 1, seconds: 5, enabledSeconds: 5 } as const;
    const presence = Array.from({ length: 120 }, (_, at) => ({
      ...{ ...row, startedAt: BEGIN + at * 5, observedSeconds },
      silentSeconds: { inbound: 0, outbound: 0 },
    }));
    const told = leg(600, {
      channels: [
        {
          media: 'audio',
          channelIndex: 1,
          told: 'control',
          spells: [{ from: BEGIN, to: BEGIN + 600, direction: 'sendrecv' }],
        },
      ],
    });
    const { view } = imported(told, participant({ joinTime: BEGIN, minutes: 10 }), { ...nothing, presence });
    const audio = view.series.presence.filter(({ media }) => media === 'audio');
    expect(view.channels[0]?.mediaDuration).toBeCloseTo(600, 6);
    expect(sum(audio.map(({ observedSeconds: seen }) => seen.inbound))).toBeCloseTo(592.9, 3);
  });

  it('leaves out what lies outside the leg, and keeps the maximum of a last sample', () => {
    const person = participant({ joinTime: BEGIN - 300, minutes: 10, loss: 4 });
    const { series, view } = imported(leg(90), person);
    expect(
      series.intervals.every(({ startedAt, seconds }) => startedAt < BEGIN + 90 && startedAt + seconds > BEGIN),
    ).toBe(true);
    expect(view.channels[0]?.mediaDuration).toBeCloseTo(90, 6);
    const [audio] = view.channels;
    expect(JSON.stringify(audio?.figures)).toContain('0.04');
  });

  it('is not led astray by years of samples', () => {
    const person = participant({ joinTime: BEGIN - 1e9, minutes: 10 }) as { audioIn: object[] };
    const run = { ...person.audioIn[0], samplingInterval: 1e9, endTime: '9999-01-01T00:00:00Z' };
    const { series } = imported(leg(60), { ...person, audioIn: [run] });
    expect(series.presence.length).toBeLessThan(10);
  });
});
