import fc from 'fast-check';
import type { Endpoint, Media } from '../../src/model/channel.ts';
import type { ChannelSummary, Figure, MeasuredFigure } from '../../src/model/figures.ts';
import type { Leg } from '../../src/model/leg.ts';

export type FigureName = keyof ChannelSummary['figures'];

const sides = ['Inbound', 'Outbound'] as const;

/** Every figure of a channel by the unit that it has inside. */
const UNITS = new Map<FigureName, MeasuredFigure['unit']>([
  ['inboundPackets', 'packets'],
  ['outboundPackets', 'packets'],
  ...sides.flatMap((side) => [
    ...(['average', 'maximum'] as const).flatMap((extreme) => [
      [`${extreme}${side}PacketLossRateInPercentage`, 'ratio'] as const,
      [`${extreme}${side}RoundTripDelay`, 'seconds'] as const,
      [`${extreme}${side}Jitter`, 'seconds'] as const,
    ]),
    [`average${side}BitRate`, 'bits per second'] as const,
    [`average${side}FrameRate`, 'frames per second'] as const,
  ]),
]);

export const figureNames: readonly FigureName[] = [...UNITS.keys()];

/** A measured figure in the unit of its name. */
export const measured = (name: FigureName, value: number, more: Partial<MeasuredFigure> = {}): MeasuredFigure => ({
  value,
  unit: UNITS.get(name) ?? 'packets',
  origin: 'observed',
  samples: 1000,
  coverage: 1,
  ...more,
});

/** A channel of which only `figures` are measured; a number is a plain measured value. */
export function summary(
  media: Media,
  figures: Partial<Record<FigureName, Figure | number>>,
  more: Partial<ChannelSummary> = {},
): ChannelSummary {
  const all = figureNames.map((name): [FigureName, Figure] => {
    const figure = figures[name] ?? { absent: 'no-reports' };
    return [name, typeof figure === 'number' ? measured(name, figure) : figure];
  });
  // Sound: built from every name.
  const complete = Object.fromEntries(all) as ChannelSummary['figures'];
  return { media, channelIndex: 1, mediaDuration: 60, figures: complete, ...more };
}

export const LEG: Leg = {
  mediaLegId: 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f',
  revision: 1,
  owner: 'agent',
  state: 'ended',
  control: {
    callChainId: '0622673d-9f69-49b3-9d4f-5ec64f42ecce',
    participantId: 'ea078406-b5d4-4d3c-b85e-90103dcec7f6',
  },
  tenantId: '11111111-2222-3333-4444-555555555555',
  device: { name: 'Cisco SX80', description: 'VTC Bldg 30/21' },
  channels: [],
  earlierIdentifiers: [],
  startedAt: 1_700_000_000,
  endedAt: 1_700_000_060,
  delivery: { state: 'none' },
};

const MAXIMUM: Readonly<Record<MeasuredFigure['unit'], number>> = {
  ratio: 1,
  seconds: 20,
  packets: 1e9,
  'bits per second': 1e9,
  'frames per second': 300,
};

const absences = ['encrypted', 'no-reports', 'clock-unknown', 'silent', 'tainted', 'source-down'] as const;

function figure(name: FigureName, least = 0): fc.Arbitrary<Figure> {
  const unit = UNITS.get(name) ?? 'packets';
  const measuredFigure = fc.record({
    value: fc.double({ min: least, max: MAXIMUM[unit], noNaN: true }),
    unit: fc.constant(unit),
    origin: fc.constantFrom('observed' as const, 'reported' as const, 'paced' as const, 'sr-rr' as const),
    samples: fc.double({ min: 0, max: 1e6, noNaN: true }),
    coverage: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  return fc.oneof(
    { weight: 4, arbitrary: measuredFigure },
    fc.constantFrom(...absences).map((absent) => ({ absent })),
  );
}

/** Pairs as the quality room makes them: a maximum is no less than its average. */
function figures(media: Media): fc.Arbitrary<ChannelSummary['figures']> {
  const names = figureNames.filter((name) => media !== 'audio' || !/BitRate|FrameRate/.test(name));
  const drawn = fc.tuple(...names.map((name) => figure(name)));
  return drawn.map((values) => {
    const found = new Map(names.map((name, index) => [name, values[index]]));
    const at = (name: FigureName): Figure => {
      const own = found.get(name) ?? { absent: 'not-expected' };
      const average = found.get(name.replace('maximum', 'average') as FigureName); // sound: both exist for every maximum
      if ('absent' in own || average === undefined || 'absent' in average) return own;
      return { ...own, value: Math.max(own.value, average.value), coverage: average.coverage };
    };
    return Object.fromEntries(figureNames.map((name) => [name, at(name)])) as ChannelSummary['figures']; // sound: every name
  });
}

const endpoint: fc.Arbitrary<Endpoint> = fc.record({
  address: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant('room.local'), fc.constant('fe80::1%eth0')),
  port: fc.integer({ min: 0, max: 65_535 }),
});

const channel = (media: Media, channelIndex: number): fc.Arbitrary<ChannelSummary> =>
  fc
    .record(
      {
        figures: figures(media),
        mediaDuration: fc.double({ min: 0, max: 1e6, noNaN: true }),
        local: endpoint,
        remote: endpoint,
      },
      { requiredKeys: ['figures', 'mediaDuration'] },
    )
    .map((more) => ({ media, channelIndex, ...more }));

/** Channels of one leg in any order, numbered from 1 per media. */
export const channels: fc.Arbitrary<readonly ChannelSummary[]> = fc
  .tuple(fc.nat(2), fc.nat(3), fc.nat(2))
  .filter((counts) => counts.some((count) => count > 0))
  .chain(([audio, video, screenSharing]) =>
    fc.tuple(
      ...[audio, video, screenSharing].flatMap((count, index) =>
        Array.from({ length: count }, (_, at) =>
          channel((['audio', 'video', 'screenSharing'] as const)[index] ?? 'audio', at + 1),
        ),
      ),
    ),
  )
  .chain((drawn) => fc.shuffledSubarray([...drawn], { minLength: drawn.length }));

/** Names come from configuration and control, which refuse blank ones. */
const text = fc.string({ minLength: 1, maxLength: 40 }).filter((drawn) => drawn.trim() !== '');

/** A leg with identifiers and whatever else may be known of it. */
export const legs: fc.Arbitrary<Leg> = fc
  .record({
    callChainId: fc.uuid(),
    participantId: fc.uuid(),
    mediaLegId: fc.uuid(),
    name: text,
    description: text,
    deviceAddress: fc.option(fc.ipV4(), { nil: undefined }),
    linkSpeed: fc.option(fc.double({ min: 0.6, max: 1e11, noNaN: true }), { nil: undefined }),
  })
  .map(({ callChainId, participantId, mediaLegId, name, description, deviceAddress, linkSpeed }) => ({
    ...LEG,
    mediaLegId,
    control: { callChainId, participantId, ...(deviceAddress === undefined ? {} : { deviceAddress }) },
    device: { name, description, ...(linkSpeed === undefined ? {} : { linkSpeed }) },
  }));

/** Every way in which a report can be configured. */
export const options = fc.record({
  addresses: fc.constantFrom('full' as const, 'omit' as const),
  pacedJitter: fc.constantFrom('send' as const, 'omit' as const),
  cloudService: fc.record({ name: text, deploymentId: text, environment: text, instance: text }, { requiredKeys: [] }),
});
