import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { h264Height } from '../../src/packet/h264-height.ts';
import { h265Height } from '../../src/packet/h265-height.ts';
import { RtpHeader, readRtp } from '../../src/packet/rtp.ts';
import { vp8Height } from '../../src/packet/vp8-height.ts';
import { vp9Height } from '../../src/packet/vp9-height.ts';

const PYTHON = '/usr/bin/python3';
const ENCODERS = ['openh264enc', 'x265enc', 'vp8enc', 'vp9enc'];
const HAS_ENCODERS = `
import gi
gi.require_version('Gst', '1.0')
from gi.repository import Gst
Gst.init(None)
assert all(Gst.ElementFactory.find(name) for name in ${JSON.stringify(ENCODERS)})`;
const isHere =
  process.env['OTHERLEG_TEST_ALL'] === '1' || spawnSync(PYTHON, ['-c', HAS_ENCODERS], { stdio: 'ignore' }).status === 0;

type Reader = (view: DataView, start: number, end: number) => number;

/** Heights that packets of so many pictures tell, in their order. */
function heights(read: Reader, elements: string, pictures = 4): readonly number[] {
  const out = execFileSync(PYTHON, [join(import.meta.dirname, 'encoder.py'), elements, String(pictures)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 26,
  });
  const header = new RtpHeader();
  const packets = out
    .trimEnd()
    .split('\n')
    .map((line) => new Uint8Array(Buffer.from(line, 'hex')));
  expect(packets.length).toBeGreaterThanOrEqual(pictures);
  return packets.flatMap((octets) => {
    const view = new DataView(octets.buffer);
    if (!readRtp(view, 0, octets.length, octets.length, header)) throw new Error('not RTP');
    return read(view, header.payloadStart, octets.length) || [];
  });
}

const raw = (width: number, height: number, more = ''): string => `video/x-raw,width=${width},height=${height}${more}`;

const cases: readonly (readonly [string, Reader, string, number])[] = [
  ['H.264, parameters alone', h264Height, `${raw(640, 360)} ! openh264enc ! rtph264pay aggregate-mode=none`, 360],
  ['H.264, aggregated', h264Height, `${raw(640, 362)} ! openh264enc ! rtph264pay aggregate-mode=zero-latency`, 362],
  ['H.264, 1080 lines', h264Height, `${raw(1920, 1080)} ! openh264enc ! rtph264pay`, 1080],
  ['H.265, parameters alone', h265Height, `${raw(640, 362)} ! x265enc ! rtph265pay`, 362],
  ['H.265, aggregated', h265Height, `${raw(640, 180)} ! x265enc ! rtph265pay aggregate-mode=max`, 180],
  ['H.265, 4:4:4', h265Height, `${raw(640, 362, ',format=Y444')} ! x265enc ! rtph265pay`, 362],
  ['VP8', vp8Height, `${raw(640, 362)} ! vp8enc ! rtpvp8pay`, 362],
  ['VP8 with picture numbers', vp8Height, `${raw(320, 180)} ! vp8enc ! rtpvp8pay picture-id-mode=15-bit`, 180],
  ['VP9', vp9Height, `${raw(640, 362)} ! vp9enc deadline=1 ! rtpvp9pay`, 362],
  [
    'VP9 with picture numbers',
    vp9Height,
    `${raw(320, 180)} ! vp9enc deadline=1 ! rtpvp9pay picture-id-mode=7-bit`,
    180,
  ],
];

describe.skipIf(!isHere)(`encoders of GStreamer (need ${ENCODERS.join(', ')})`, { timeout: 60_000 }, () => {
  it.each(cases)('%s: the height of the pictures that went in', (_, read, elements, height) => {
    const found = heights(read, elements);
    expect(found.length).toBeGreaterThanOrEqual(1);
    expect(new Set(found)).toEqual(new Set([height]));
  });

  it('no packet of one format tells a height in another, but for those that name it', () => {
    const wrong = [h265Height, vp8Height].flatMap((read) =>
      heights(read, `${raw(640, 360)} ! openh264enc ! rtph264pay`, 60),
    );
    expect(wrong).toEqual([]);
  });
});
