import { describe, expect, it } from 'vitest';
import type { LegStream } from '../../src/session/captured-leg.ts';
import { mediaByCodec } from '../../src/session/codec-media.ts';
import { legIdOf } from '../../src/session/leg-id.ts';
import { unsignalledLegs } from '../../src/session/unsignalled-legs.ts';
import { codecCases } from './codec-cases.ts';

const ROOM = '10.1.0.5';
const GATEWAY = '10.0.0.1';
const isRoom = (address: string): boolean => address === ROOM;

type Short = {
  readonly id: string;
  readonly in?: readonly [number, number];
  readonly out?: readonly [number, number];
  readonly media?: LegStream['media'] | null;
  readonly at?: number;
  readonly types?: readonly number[];
  readonly gateway?: string;
  readonly repair?: true;
  readonly line?: number;
};

/** `in`: from which port of the room to which of the gateway; `out` the other way. */
function stream({
  id,
  in: inward,
  out,
  media = 'audio',
  at = 0,
  types = [96],
  gateway = GATEWAY,
  repair,
  line,
}: Short): LegStream {
  const [from, to] = inward ?? out ?? [1, 1];
  const ends = [
    { address: ROOM, port: from },
    { address: gateway, port: to },
  ] as const;
  const [source, destination] =
    inward === undefined
      ? [
          { address: gateway, port: from },
          { address: ROOM, port: to },
        ]
      : ends;
  return {
    streamId: id,
    source,
    destination,
    ssrc: 1,
    payloadTypes: types,
    ...(media === null ? {} : { media }),
    ...(repair && { repair }),
    ...(line === undefined ? {} : { mLine: line }),
    firstAt: at,
    lastAt: at + 60,
    active: [{ from: at, to: at + 60 }],
  };
}

const shown = (streams: readonly Short[]) =>
  unsignalledLegs(streams.map(stream), isRoom).map(({ places }) =>
    Object.fromEntries(
      [...places].map(([id, { direction, channel }]) => [
        id,
        `${direction} ${channel === undefined ? '-' : `${channel.media} ${channel.channelIndex}`}`,
      ]),
    ),
  );

describe('unsignalledLegs', () => {
  it('makes one channel of what meets in a socket', () => {
    expect(
      shown([
        { id: 'a', in: [2000, 3000] },
        { id: 'b', out: [3000, 2000] },
        { id: 'c', in: [2002, 3002], at: 1 },
        { id: 'v', in: [2004, 3004], media: 'video' },
        { id: 'later', in: [2000, 3000], at: 30 },
      ]),
    ).toEqual([
      {
        a: 'inbound audio 1',
        b: 'outbound audio 1',
        c: 'inbound audio 2',
        v: 'inbound video 1',
        later: 'inbound audio 1',
      },
    ]);
  });

  it('joins the two directions of endpoints that send and receive on different sockets', () => {
    expect(
      shown([
        { id: 'in1', in: [5102, 5002], media: 'video', types: [96] },
        { id: 'in2', in: [5104, 5004], media: 'video', types: [97], at: 1 },
        { id: 'out2', out: [5114, 5014], media: 'video', types: [97], at: 2 },
        { id: 'out1', out: [5112, 5012], media: 'video', types: [96], at: 3 },
      ]),
    ).toEqual([{ in1: 'inbound video 1', out1: 'outbound video 1', in2: 'inbound video 2', out2: 'outbound video 2' }]);
  });

  it('keeps m-lines apart that share their sockets, and numbers them in their order', () => {
    const shared = { in: [2000, 3000], media: 'video' } as const;
    const back = { out: [3000, 2000], media: 'video' } as const;
    expect(
      shown([
        { id: 'in2', ...shared, line: 2 },
        { id: 'out1', ...back, line: 1, at: 1 },
        { id: 'in1', ...shared, line: 1, at: 2 },
        { id: 'out2', ...back, line: 2, at: 3 },
        { id: 'next2', ...shared, line: 2, at: 70 },
        { id: 'untold', ...shared, at: 80 },
      ]),
    ).toEqual([
      {
        in1: 'inbound video 1',
        out1: 'outbound video 1',
        in2: 'inbound video 2',
        out2: 'outbound video 2',
        next2: 'inbound video 2',
        untold: 'inbound video 2',
      },
    ]);
  });

  it('does not join the directions of two m-lines, whatever their payload types', () => {
    expect(
      shown([
        { id: 'in', in: [5102, 5002], line: 0 },
        { id: 'out', out: [5114, 5014], line: 1, at: 1 },
        { id: 'back', out: [5116, 5016], line: 0, types: [97], at: 2 },
      ]),
    ).toEqual([{ in: 'inbound audio 1', back: 'outbound audio 1', out: 'outbound audio 2' }]);
  });

  it('is a leg of its own after five minutes, and with another gateway', () => {
    expect(
      shown([
        { id: 'a', in: [1, 2] },
        { id: 'b', in: [1, 2], at: 360 },
        { id: 'c', in: [1, 2], at: 721 },
        { id: 'd', in: [1, 2], gateway: '10.0.0.2' },
      ]),
    ).toEqual([{ a: 'inbound audio 1', b: 'inbound audio 1' }, { c: 'inbound audio 1' }, { d: 'inbound audio 1' }]);
  });

  it('gives no channel to repair, nor to what nobody knows', () => {
    expect(
      shown([
        { id: 'a', in: [1, 2], repair: true },
        { id: 'b', in: [1, 2], media: null },
      ]),
    ).toEqual([{ a: 'inbound -', b: 'inbound -' }]);
    expect(unsignalledLegs([stream({ id: 'a', in: [1, 2] })], () => false)).toEqual([]);
  });
});

describe('mediaByCodec', () => {
  it.each(codecCases)('%s at %s is %s', (codec, clockRate, media) => {
    expect(mediaByCodec(codec, clockRate)).toBe(media);
  });
});

describe('legIdOf', () => {
  it('is a UUIDv5 of all its parts', () => {
    expect(legIdOf('a', 'b')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(legIdOf('a', 'b')).toBe(legIdOf('a', 'b'));
    expect(new Set([legIdOf('a', 'b'), legIdOf('ab'), legIdOf('a', 'b', ''), legIdOf('b', 'a')]).size).toBe(4);
  });
});
