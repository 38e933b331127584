import { describe, expect, it } from 'vitest';
import { type Life, withinLife } from '../../src/leg/life.ts';
import type { Direction, MediaDirection } from '../../src/model/channel.ts';
import type { Interval, Loss } from '../../src/model/interval.ts';
import type { Channel, Spell } from '../../src/model/leg.ts';
import { summarize } from '../../src/quality/summary.ts';
import { BEGIN, measure, paced } from '../quality/packet-stream.ts';

const audio = { media: 'audio', channelIndex: 1 } as const;
const stream = { streamId: 's', mediaLegId: 'leg', source: 'capture', direction: 'inbound' } as const;
const assignment = new Map([['s', audio]]);
const life: Life = { from: BEGIN, to: BEGIN + 60 };

const spell = (from: number, to: number, direction: MediaDirection = 'sendrecv'): Spell => ({
  from: BEGIN + from,
  to: BEGIN + to,
  direction,
});

/** Begin and end of hold, in seconds. */
const heldSpells = (from: number, to: number, on: MediaDirection | undefined): readonly Spell[] => [
  spell(0, from),
  ...(on === undefined ? [] : [spell(from, to, on)]),
  spell(to, 60),
];

function counted(
  intervals: readonly Interval[],
  spells: readonly Spell[],
  told: Channel['told'] = 'sdp',
  direction: Direction = 'inbound',
) {
  const channel: Channel = { ...audio, told, spells };
  const series = { mediaLegId: 'leg', streams: [{ ...stream, direction }], intervals, presence: [] };
  const within = withinLife(series, [channel], life, assignment);
  const [summary] = summarize({ series: within, assignment, channels: [channel] });
  return { intervals: within.intervals, figures: summary?.figures };
}

/** A minute of 50 packets/s of which those of some seconds do not arrive, though they have numbers. */
const held = (from: number, to: number, slotSeconds: number, lost: (index: number) => boolean = () => false) =>
  measure(
    paced(50, 60, (index, at) => ((at >= from && at < to) || lost(index) ? [] : [at])),
    { slotSeconds },
  ).intervals;

const value = (figure: unknown): unknown => (figure as { value?: number } | undefined)?.value;

describe('hold', () => {
  describe.each([1, 5])('in slots of %d s', (slotSeconds) => {
    it.each([
      ['inactive', undefined],
      ['sendonly', 'sendonly'],
    ] as const)('(%s) is no loss, though the numbers run on and the SBC drops what is sent', (_, on) => {
      for (const [from, to] of [
        [20, 40],
        [20.3, 26.6],
        [12.5, 14],
      ] as const) {
        const intervals = held(from, to, slotSeconds);
        const { figures } = counted(intervals, heldSpells(from, to, on));
        expect(value(figures?.averageInboundPacketLossRateInPercentage)).toBe(0);
        expect(value(figures?.maximumInboundPacketLossRateInPercentage)).toBe(0);
        expect(value(figures?.inboundPackets)).toBe(Math.round(50 * (60 - (to - from))));
        // The same hole without hold is what it was.
        const lossy = counted(intervals, [spell(0, 60)]).figures;
        expect(value(lossy?.averageInboundPacketLossRateInPercentage)).toBeCloseTo((to - from) / 60, 3);
        expect(value(lossy?.maximumInboundPacketLossRateInPercentage)).toBeGreaterThan(0.2);
      }
    });

    it('leaves the loss before and after as it is', () => {
      const { figures } = counted(
        held(20, 40, slotSeconds, (index) => index % 50 === 7),
        heldSpells(20, 40, undefined),
      );
      expect(value(figures?.averageInboundPacketLossRateInPercentage)).toBeCloseTo(0.02, 3);
      expect(value(figures?.maximumInboundPacketLossRateInPercentage)).toBeCloseTo(0.02, 3);
    });
  });

  const loss: Loss = { origin: 'observed', lost: 10, of: 250, unit: 'packets' };
  const slot = (at: number, more: Partial<Interval> = {}): Interval => ({
    ...{ streamId: 's', startedAt: BEGIN + at, seconds: 5, coveredSeconds: 5, packets: 240, loss },
    ...more,
  });

  it('leaves out slots that it has a part of, and keeps their packets', () => {
    const { intervals } = counted([slot(0), slot(5), slot(10), slot(15), slot(20)], heldSpells(8, 15, undefined));
    expect(intervals.map((one) => [one.startedAt - BEGIN, one.loss?.lost, one.packets])).toEqual([
      [0, 10, 240],
      [5, undefined, 240],
      [10, undefined, 240],
      [15, 10, 240],
      [20, 10, 240],
    ]);
  });

  it('leaves out windows that reach into it', () => {
    const worst = { value: 0.5, at: BEGIN + 17, windowSeconds: 5 };
    const later = { ...worst, at: BEGIN + 20.5 };
    const told = [slot(15, { loss: { ...loss, worst } }), slot(20, { loss: { ...loss, worst: later } })];
    const { intervals } = counted(told, heldSpells(8, 15, undefined));
    expect(intervals.map((one) => one.loss?.worst)).toEqual([undefined, later]);
  });

  describe('of what is sent', () => {
    const told: Loss = { ...loss, origin: 'reported' };
    const lossAt = (slots: readonly number[], spells: readonly Spell[], own: Loss = told) =>
      counted(
        slots.map((at) => slot(at, { loss: own })),
        spells,
        'sdp',
        'outbound',
      ).intervals.map((one) => [one.startedAt - BEGIN, one.loss?.lost]);

    it('leaves out what the device tells while it lasts, and what it tells in the 7.5 s after it', () => {
      for (const on of [undefined, 'recvonly'] as const) {
        expect(lossAt([0, 5, 10, 15, 20, 25], heldSpells(8, 14, on))).toEqual([
          [0, 10],
          [5, undefined],
          [10, undefined],
          [15, undefined],
          [20, undefined],
          [25, 10],
        ]);
      }
      expect(lossAt([15, 20, 25], heldSpells(8, 12.5, undefined))).toEqual([
        [15, undefined],
        [20, 10],
        [25, 10],
      ]);
    });

    it('ends with it where the loss was observed, and is none while the device alone holds', () => {
      expect(lossAt([5, 15], heldSpells(8, 14, undefined), loss)).toEqual([
        [5, undefined],
        [15, 10],
      ]);
      expect(lossAt([5, 10, 15], heldSpells(8, 14, 'sendonly'))).toEqual([
        [5, 10],
        [10, 10],
        [15, 10],
      ]);
    });

    it('is none before a channel begins, nor before the leg', () => {
      expect(lossAt([15], [spell(15, 60)])).toEqual([[15, 10]]);
      expect(lossAt([0], [spell(0, 60)])).toEqual([[0, 10]]);
    });
  });

  it('keeps the loss of the slot in which a channel is enabled later, as far as its stream was there', () => {
    const { intervals } = counted([slot(0, { coveredSeconds: 2 })], [spell(3, 60)]);
    expect(intervals[0]?.loss?.lost).toBe(10);
  });

  it('is none where media came although none were expected, and where the packets themselves tell the spells', () => {
    expect(counted([slot(0)], [spell(0, 60, 'sendonly')]).intervals[0]?.loss).toEqual(loss);
    expect(counted([slot(0)], [spell(10, 60)], 'media').intervals[0]?.loss).toEqual(loss);
  });
});
