import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { intervalOf, streamOf } from '../../src/meter/currency.ts';
import { Meter } from '../../src/meter/meter.ts';
import type { Concerned, Format, FormatHint, Signalling } from '../../src/meter/options.ts';
import { picturedIn } from '../../src/meter/pictures.ts';
import { aggregated, h264Unit, h265Unit, vp8Frame, vp9Frame, vp9Structure } from '../packet/picture-payloads.ts';
import { BEGIN, DEVICE, type Ends, GATEWAY, INBOUND, rtp, send } from './wire.ts';

const CLEAR = { clockRate: 90_000, media: 'video', encrypted: false } as const;
const H264: Format = { ...CLEAR, codec: 'H264' };
const SLICE = [0x41, 0x9a, 0x24, 0x6c];

/** A meter of one slot each five seconds whose payload types mean this. */
function metered(formats: Record<number, Format | undefined>) {
  let concerned: Concerned | undefined;
  const signalling: Signalling = {
    message: () => concerned,
    formatOf: ({ payloadType }: FormatHint) => formats[payloadType],
  };
  const meter = new Meter({ intervals: true, signalling });
  let number = 0;
  /** One packet each 100 ms from one second on: the payload of the first, then that of pictures between. */
  const show = (from: number, to: number, first: readonly number[], more: Show = {}): void => {
    const { ends = INBOUND, payloadType = 97, between = SLICE } = more;
    for (let index = Math.round(from * 10); index < Math.round(to * 10); index += 1) {
      const payload = Uint8Array.from(index === Math.round(from * 10) ? first : between);
      number += 1;
      send(meter, index / 10, ends, rtp({ ssrc: 7, sequence: number, timestamp: 9000 * index, payloadType, payload }));
    }
  };
  const askAgain = (): void => {
    concerned = 'all';
    meter.signalled('all');
  };
  const finish = () => {
    const { streams, intervals } = meter.finish();
    const heights = intervals.map(({ observed }) => [observed.startedAt - BEGIN, observed.height]);
    return { streams, intervals, heights };
  };
  return { meter, show, askAgain, finish };
}

type Show = { readonly ends?: Ends; readonly payloadType?: number; readonly between?: readonly number[] };

const heightOf = (codec: string, first: readonly number[], format: Format = { ...CLEAR, codec }) => {
  const { show, finish } = metered({ 97: format });
  show(0, 2, [0x00], { between: [0x00] });
  show(2, 7, first, { between: [0x00] });
  return finish().streams[0]?.height;
};

describe('the height of pictures', () => {
  it.each<[string, readonly number[], number]>([
    ['H264', h264Unit({ rows: 45 }), 720],
    ['h264', [0x78, ...aggregated(h264Unit({ rows: 23 }))], 368],
    ['H265', h265Unit({ height: 1088, crop: [0, 0, 0, 4] }), 1080],
    ['VP8', vp8Frame(360), 360],
    ['VP9', [0x0a, ...vp9Structure(3, [180, 360, 720])], 720],
    ['VP9', [0x08, ...vp9Frame(540)], 540],
  ])('is read of %s', (codec, first, height) => {
    expect(heightOf(codec, first)).toBe(height);
  });

  it.each<[string, Format]>([
    ['encrypted', { ...H264, encrypted: true }],
    ['maybe encrypted', { codec: 'H264', clockRate: 90_000, media: 'video' }],
    ['of another format', { ...CLEAR, codec: 'AV1' }],
    ['of an unknown format', { clockRate: 90_000, encrypted: false }],
    ['of a repair format', { ...CLEAR, codec: 'rtx' }],
  ])('is not read of what is %s', (_, format) => {
    expect(heightOf('', h264Unit({ rows: 45 }), format)).toBeUndefined();
  });

  it('is never read of noise that is said to be encrypted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 40, maxLength: 60 }), { minLength: 20, maxLength: 40 }),
        (all) => {
          const { show, finish } = metered({ 97: { ...H264, encrypted: true } });
          for (const [index, noise] of all.entries()) show(index / 10, (index + 1) / 10, [...noise]);
          const { streams, heights } = finish();
          expect([streams[0]?.height, ...heights.map(([, height]) => height)].every((one) => one === undefined)).toBe(
            true,
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  it('is that of the second packet too, and of the very first', () => {
    const [begin, late] = [metered({ 97: H264 }), metered({ 97: H264 })];
    begin.show(0, 3, h264Unit({ rows: 45 }));
    late.show(0, 0.1, SLICE);
    late.show(0.1, 3, h264Unit({ rows: 18 }));
    expect([begin.finish().heights, late.finish().heights]).toEqual([[[0, 720]], [[0, 288]]]);
  });

  it('of a first packet counts only in the format that it is in', () => {
    const { show, finish } = metered({ 97: { ...CLEAR, codec: 'VP9' } });
    show(0, 3, vp8Frame(360), { between: [0x00] });
    expect(finish().streams[0]?.height).toBeUndefined();
  });

  it('holds from slot to slot until another is told, over silence too', () => {
    const { show, finish } = metered({ 97: H264 });
    show(0, 6, h264Unit({ rows: 45 }));
    show(6, 11, h264Unit({ rows: 23 }));
    show(11, 20, SLICE);
    show(80, 85, SLICE);
    expect(finish().heights).toEqual([
      [0, 720],
      [5, 368],
      [10, 368],
      [15, 368],
      [80, 368],
    ]);
  });

  it('is the last one told in a slot, not one of the slot behind it', () => {
    const { show, finish } = metered({ 97: H264 });
    show(0, 2, h264Unit({ rows: 45 }));
    show(2, 5, h264Unit({ rows: 18 }));
    show(5, 10, h264Unit({ rows: 68, crop: [0, 0, 0, 4] }));
    expect(finish().heights).toEqual([
      [0, 288],
      [5, 1080],
    ]);
  });

  it('is absent before it was told', () => {
    const { show, finish } = metered({ 97: H264 });
    show(0, 7, SLICE);
    show(7, 10, h264Unit({ rows: 45 }));
    expect(finish().heights).toEqual([
      [0, undefined],
      [5, 720],
    ]);
  });

  it('outlives FEC between the pictures, and is forgotten with the format', () => {
    const { show, finish } = metered({ 97: H264, 98: { ...CLEAR, codec: 'ulpfec' }, 99: { ...H264, encrypted: true } });
    show(0, 3, h264Unit({ rows: 45 }));
    show(3, 3.5, h264Unit({ rows: 18 }), { payloadType: 98 });
    show(3.5, 10, SLICE);
    show(10, 15, h264Unit({ rows: 18 }), { payloadType: 99 });
    expect(finish().heights).toEqual([
      [0, 720],
      [5, 720],
      [10, undefined],
    ]);
  });

  it('is forgotten once the signalling says that all of it is encrypted', () => {
    const formats: Record<number, Format> = { 97: H264 };
    const { show, askAgain, finish } = metered(formats);
    show(0, 5, h264Unit({ rows: 45 }));
    formats[97] = { ...H264, encrypted: true };
    askAgain();
    show(5, 10, h264Unit({ rows: 45 }));
    expect(finish().heights).toEqual([
      [0, 720],
      [5, undefined],
    ]);
  });

  it('is read again once the signalling tells the format', () => {
    const formats: Record<number, Format | undefined> = {};
    const { show, askAgain, finish } = metered(formats);
    show(0, 5, h264Unit({ rows: 45 }));
    formats[97] = H264;
    askAgain();
    show(5, 10, h264Unit({ rows: 45 }));
    expect(finish().heights.at(-1)).toEqual([5, 720]);
  });

  it('goes on with the stream over another path, and with one that is split', () => {
    const moved: Ends = { from: ['10.1.0.1', 5006], to: GATEWAY };
    const { show, meter, finish } = metered({ 97: H264 });
    show(0, 5, h264Unit({ rows: 45 }));
    show(5, 10, SLICE, { ends: moved });
    const { begun } = meter.takeLive();
    meter.split(
      begun.slice(-1).map(({ streamId }) => streamId),
      (BEGIN + 10) * 1e6,
    );
    show(10, 15, SLICE, { ends: moved });
    const { streams: ended, heights } = finish();
    expect(ended.map(({ height }) => height)).toEqual([720, 720, 720]);
    expect(heights.at(-1)).toEqual([10, 720]);
  });

  it('is that of the interval in the one currency, both ways', () => {
    const { show, finish } = metered({ 97: H264 });
    show(0, 5, h264Unit({ rows: 45 }));
    const { streams, intervals } = finish();
    const [stream, interval] = [streams[0], intervals[0]];
    if (stream === undefined || interval === undefined) throw new Error('nothing measured');
    expect(intervalOf(interval, 'inbound').height).toBe(720);
    expect(intervalOf(interval, 'outbound').height).toBe(720);
    expect(streamOf(stream, 'leg', 'inbound').remote).toEqual({ address: DEVICE[0], port: DEVICE[1] });
  });

  it('is read where the snap length cuts the packet behind the parameters, not before', () => {
    const seen = (snap: number): number | undefined => {
      const { meter, finish } = metered({ 97: H264 });
      const payload = Uint8Array.from([...h264Unit({ rows: 45 }), ...Array<number>(200).fill(0x55)]);
      const cut = {
        record: (...[octets, view, start, , ...rest]: Parameters<Meter['record']>) =>
          meter.record(octets, view, start, start + snap, ...rest),
      };
      for (let sequence = 0; sequence < 10; sequence += 1)
        send(
          cut,
          sequence / 10,
          INBOUND,
          rtp({ ssrc: 7, sequence, timestamp: sequence * 9000, payloadType: 97, payload }),
        );
      return finish().streams[0]?.height;
    };
    expect([40, 44, 48, 60, 240].map(seen)).toEqual([undefined, undefined, undefined, 720, 720]);
  });
});

it('knows what a packet would tell in one format alone', () => {
  const told = (payload: readonly number[]): number => {
    const octets = Uint8Array.from(payload);
    return picturedIn(new DataView(octets.buffer), 0, octets.length) & 0xffff;
  };
  expect(
    [h264Unit({ rows: 45 }), h265Unit({ height: 368 }), vp8Frame(360), [0x08, ...vp9Frame(540)], SLICE].map(told),
  ).toEqual([720, 368, 360, 540, 0]);
});
