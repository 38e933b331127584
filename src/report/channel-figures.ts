import type {
  Absence,
  ChannelSummary,
  Figure,
  GraphCountName,
  GraphFigureName,
  MeasuredFigure,
} from '../model/figures.ts';
import { roundTo } from './duration.ts';
import { rfc3339 } from './rfc3339.ts';

export type FigureName = GraphFigureName | GraphCountName;

/** A value in the units that Graph's properties have; times stay numbers of seconds. `at` is RFC 3339. */
export type OutwardFigure = Omit<MeasuredFigure, 'unit' | 'at'> & {
  readonly unit: 'percent' | 'seconds' | 'packets' | 'bits per second' | 'frames per second';
  readonly at?: string;
};

export type OutwardFigures = { readonly [Name in FigureName]?: OutwardFigure | { readonly absent: Absence } };

const sides = ['Inbound', 'Outbound'] as const;
const measures = ['PacketLossRateInPercentage', 'RoundTripDelay', 'Jitter'] as const;

/** The order of Graph's documentation. */
const counts: readonly GraphCountName[] = ['inboundPackets', 'outboundPackets'];
const rates: readonly GraphCountName[] = [
  'averageInboundBitRate',
  'averageOutboundBitRate',
  'averageInboundFrameRate',
  'averageOutboundFrameRate',
];

/** Fractional digits that mean something: one packet of a million, a microsecond. */
const DECIMALS = { ratio: 4, seconds: 6, packets: 0, 'bits per second': 0, 'frames per second': 2 } as const;

/** The last moment that a Date can hold, in seconds since the epoch. */
const LAST_DATE = 8.64e12;

/**
 * The figures of a channel by Graph's names, each with where it comes from or why it is absent. A maximum is never below
 * its average, nor after rounding. Audio has no rates.
 */
export function channelFigures({ media, figures }: ChannelSummary): OutwardFigures {
  const shown: { -readonly [Name in FigureName]?: OutwardFigures[Name] } = {};
  for (const name of counts) set(shown, name, outward(figures[name]));
  for (const measure of measures) {
    for (const side of sides) set(shown, `average${side}${measure}`, outward(figures[`average${side}${measure}`]));
    for (const side of sides) {
      const average = shown[`average${side}${measure}`];
      set(shown, `maximum${side}${measure}`, atLeast(outward(figures[`maximum${side}${measure}`]), average));
    }
  }
  if (media !== 'audio') for (const name of rates) set(shown, name, outward(figures[name]));
  return shown;
}

type Shown = OutwardFigures[FigureName];

function set(shown: { [Name in FigureName]?: Shown }, name: FigureName, figure: Shown): void {
  if (figure !== undefined) shown[name] = figure;
}

/** Undefined for what no network can yield (NaN, beyond Int64): neither measured nor absent for a reason. */
function outward(figure: Figure): Shown {
  if ('absent' in figure) return figure;
  const { unit, at, ...rest } = figure;
  const value = roundTo(unit === 'ratio' ? Math.min(1, figure.value) * 100 : figure.value, DECIMALS[unit]);
  if (!(Math.abs(value) <= Number.MAX_SAFE_INTEGER)) return undefined;
  return {
    ...rest,
    value: Math.max(0, value),
    unit: unit === 'ratio' ? 'percent' : unit,
    samples: roundTo(figure.samples, 3),
    coverage: roundTo(figure.coverage, 4),
    ...(at === undefined || !(Math.abs(at) <= LAST_DATE) ? {} : { at: rfc3339(at) }),
  };
}

function atLeast(maximum: Shown, average: Shown): Shown {
  if (maximum === undefined || average === undefined || 'absent' in maximum || 'absent' in average) return maximum;
  return maximum.value >= average.value ? maximum : { ...maximum, value: average.value };
}
