import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { analyzed, capture, describeCaptures } from './collection.ts';

/** Payload types that are in no signalling of these captures. */
const sdpOf = (payloadType: number, codec: string, profile: string): string =>
  [
    ...['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'],
    ...[`m=video 9 ${profile} ${payloadType}`, `a=rtpmap:${payloadType} ${codec}/90000`, ''],
  ].join('\r\n');

describeCaptures('the height of pictures in captures', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'otherleg-pictures-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const heights = async (file: string, payloadType: number, codec: string, profile = 'RTP/AVP') => {
    const sdp = join(folder, `${payloadType}.sdp`);
    writeFileSync(sdp, sdpOf(payloadType, codec, profile));
    const { document } = await analyzed([capture(file)], '--sdp', sdp);
    return document.streams.filter((stream) => stream.codec === codec).map(({ height }) => height);
  };

  // By tshark (pic_height_in_map_units, the frame header's octets); the last of two where a stream has two.
  it.each<[string, number, string, readonly (number | undefined)[]]>([
    ['real/rtp-h264-missing-pps.pcap', 96, 'H264', [480]],
    ['real/rtp-h264-pt126.pcap', 126, 'H264', [480]],
    ['real/rtp-h264-corrupt-idr.pcapng', 114, 'H264', [576]],
    ['real/rtp-vp8.pcap', 96, 'VP8', [180]],
    // Begins amid the stream, without a key frame.
    ['real/rtp-vp9-contiguous.pcap', 98, 'VP9', [undefined]],
    ['recorded/gst-av-screen-loss.pcap', 96, 'H264', [360, 360]],
    ['recorded/gst-av-screen-loss.pcap', 97, 'VP8', [720, 720]],
  ])('%s, payload type %i as %s', async (file, payloadType, codec, expected) => {
    expect(await heights(file, payloadType, codec)).toEqual(expected);
  });

  it('none where the description says that the payload is encrypted', async () => {
    expect(await heights('real/rtp-vp8.pcap', 96, 'VP8', 'RTP/SAVP')).toEqual([undefined]);
  });

  it('by the SIP of the capture itself: in the clear, and not with SRTP', async () => {
    const [clear, encrypted] = await Promise.all(
      ['baresip-av-clean', 'baresip-av-srtp-sdes'].map((name) => analyzed([capture('recorded', `${name}.pcap`)])),
    );
    const videos = (one: typeof clear) => one?.document.streams.filter(({ codec }) => codec === 'VP8');
    expect(videos(clear)?.map(({ height }) => height)).toEqual([360, 360]);
    expect(videos(encrypted)?.map(({ height }) => height)).toEqual([undefined, undefined]);
  });
});
