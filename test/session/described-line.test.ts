import { describe, expect, it } from 'vitest';
import { describedLines } from '../../src/session/described-line.ts';
import { parseSdp } from '../../src/session/sdp.ts';
import { BROWSER, GATEWAY, ROOM, session } from './descriptions.ts';

const two = session(
  'a=group:BUNDLE 0 1',
  'm=video 5004 RTP/AVP 96 97',
  'a=mid:0',
  'a=rtpmap:96 VP8/90000',
  'a=rtpmap:97 H264/90000',
  'a=ssrc:11 cname:x',
  'm=video 5004 RTP/AVP 96 98',
  'a=mid:1',
  'a=content:slides',
  'a=rtpmap:96 VP8/90000',
  'a=rtpmap:98 H264/90000',
  'a=ssrc:12 cname:x',
);

const camera = { mLine: 0, media: 'video' };
const slides = { mLine: 1, media: 'screenSharing' };

describe('the m-line of a stream', () => {
  it.each([
    ['its SSRC', 11, [96], camera],
    ['its SSRC, against its payload types', 12, [97], slides],
    ['payload types that one m-line alone has', 99, [97], camera],
    ['payload types that one m-line alone has', 99, [5, 98], slides],
    ['nothing: both have the payload type', 99, [96], undefined],
    ['nothing: one has the one and the other the other', 99, [97, 98], undefined],
    ['nothing: none has it', 99, [100], undefined],
  ] as const)('is known by %s', (_, ssrc, payloadTypes, line) => {
    expect(describedLines([parseSdp(two)])({ ssrc, payloadTypes })).toEqual(line);
  });

  it('is told by either side, offer or answer', () => {
    const lineOf = describedLines([parseSdp(ROOM), parseSdp(GATEWAY)]);
    expect(lineOf({ ssrc: 1, payloadTypes: [9] })).toEqual({ mLine: 0, media: 'audio' });
    expect(lineOf({ ssrc: 1, payloadTypes: [97] })).toBeUndefined();
    expect(describedLines([undefined, parseSdp(two)])({ ssrc: 12, payloadTypes: [] })).toEqual(slides);
    expect(describedLines([])({ ssrc: 12, payloadTypes: [96] })).toBeUndefined();
  });

  it('of what repairs it is told as such', () => {
    const lineOf = describedLines([parseSdp(BROWSER)]);
    expect(lineOf({ ssrc: 3002, payloadTypes: [97] })).toEqual({ mLine: 1, media: 'video', repair: true });
    expect(lineOf({ ssrc: 2002, payloadTypes: [96] })).toEqual({ mLine: 1, media: 'video' });
  });
});
