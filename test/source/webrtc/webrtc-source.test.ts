import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Whip } from '../../../src/http/http.ts';
import { legOf, PATIENT, peerProcesses, type Rig, read, rigOf, unread, until } from './rig.ts';
import type { Sent } from './sender.ts';
import { WhipClient } from './whip-client.ts';

const LEG = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';

const clients: WhipClient[] = [];
const rigs: Rig[] = [];

/** Packets of sound. */
const ENOUGH = 30;

/** An offer that no media follow. */
let idleOffer = '';

beforeAll(async () => {
  const idle = new WhipClient();
  idleOffer = await idle.offer();
  await idle.end();
});

afterEach(async () => {
  await Promise.all([
    ...clients.splice(0).map((client) => client.end()),
    ...rigs.splice(0).map((rig) => rig.source.stop()),
  ]);
});

afterAll(() => expect(peerProcesses()).toEqual([]));

function client(): WhipClient {
  const made = new WhipClient();
  clients.push(made);
  return made;
}

function rig(...[options]: Parameters<typeof rigOf>): Rig {
  const made = rigOf(options);
  rigs.push(made);
  made.source.follow(legOf(LEG));
  return made;
}

/** A client whose media flow into the source. */
async function send(
  whip: Whip,
): Promise<{ readonly sender: WhipClient; readonly session: string; readonly answer: string }> {
  const sender = client();
  const { session, answer } = await whip.offer(LEG, await sender.offer());
  await sender.accept(answer);
  return { sender, session, answer };
}

/** Sends for more than half a second, and pauses; what it has sent when the last of it is out and has been read. */
async function drained(sender: WhipClient): Promise<Sent> {
  while ((await sender.sent()).audioPackets < ENOUGH) await sleep(20);
  await sender.pause();
  for (let before = await sender.sent(); ; ) {
    // The library's statistics are up to 50 ms old.
    await sleep(200);
    const now = await sender.sent();
    if (JSON.stringify(now) === JSON.stringify(before) && unread() === 0) return now;
    before = now;
  }
}

/** The offer of a client whose only video codec is H.264, beside redundancy and repair. */
const h264 = (offer: string): string => offer.replaceAll(/^(a=rtpmap:\d+) (VP8|VP9|AV1)\//gm, '$1 H264/');

function videoFirst(offer: string): string {
  const [session = '', audio, video] = offer.split(/^(?=m=)/m);
  return `${session.replace('BUNDLE 0 1', 'BUNDLE 1 0')}${video}${audio}`;
}

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

describe('a client that sends sound and pictures', () => {
  test('is measured while it sends, and to the last packet when its leg ends', async () => {
    const { source, notebook, lines } = rig(PATIENT);
    const { sender, session, answer } = await send(source);
    await until(() => notebook.intervalsOf(LEG, 'video').length >= 3 && notebook.total(LEG, 'audio') > 40);
    const sent = await drained(sender);
    await source.release(LEG, Date.now() / 1000);

    expect(count(answer, /^a=recvonly\r$/gm)).toBe(2);
    expect(count(answer, /^a=setup:passive\r$/gm)).toBe(2);
    expect(count(answer, /^a=candidate:.* typ host/gm)).toBeGreaterThan(0);
    const [audio] = notebook.streamsOf(LEG, 'audio');
    expect(audio).toMatchObject({ source: 'webrtc', direction: 'inbound', mid: '0', codec: 'opus', clockRate: 48_000 });
    expect(notebook.streamsOf(LEG, 'video')).toMatchObject([{ direction: 'inbound', mid: '1', codec: 'VP8' }]);
    expect(notebook.total(LEG, 'audio')).toBeCloseTo(sent.audioPackets, 6);
    expect(notebook.total(LEG, 'video', 'frames')).toBeCloseTo(sent.videoFrames, 6);
    for (const { loss } of [...notebook.intervalsOf(LEG, 'audio'), ...notebook.intervalsOf(LEG, 'video')]) {
      expect(loss?.lost ?? 0).toBe(0);
    }
    const stun = notebook.intervalsOf(LEG, 'audio').flatMap(({ roundTrip }) => roundTrip?.stun ?? []);
    expect(stun.length).toBeGreaterThan(0);
    // On a busy machine some of them wait their turn.
    expect(Math.min(...stun.map(({ sum, count }) => sum / count))).toBeLessThan(0.1);
    expect(lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'info: WHIP session opened',
      'info: WHIP client connected',
    ]);
    expect(lines[0]).toMatchObject({ leg: LEG, session });
    expect(source.sessionCount).toBe(0);
  });

  test('is measured by its last sample alone where the interval is long; then by a second session', async () => {
    const { source, notebook } = rig({ slotSeconds: 60, samplingInterval: 60, ...PATIENT });
    source.follow({ ...legOf(LEG), startedAt: Date.now() / 1000 - 3600 });
    const first = await send(source);
    const { audioPackets } = await drained(first.sender);
    await source.close(LEG, first.session);
    expect(notebook.total(LEG, 'audio')).toBeCloseTo(audioPackets, 6);

    const second = await send(source);
    expect(second.session).not.toBe(first.session);
    const more = await drained(second.sender);
    await source.release(LEG, Date.now() / 1000);
    expect(notebook.total(LEG, 'audio')).toBeCloseTo(audioPackets + more.audioPackets, 6);
    expect(notebook.streamsOf(LEG, 'audio')).toHaveLength(2);
    await expect(source.close(LEG, second.session)).rejects.toMatchObject({ code: 'WHIP_SESSION_UNKNOWN' });
  });

  test('goes on with a new session after the child process was killed', async () => {
    const { source, notebook, lines } = rig(PATIENT);
    const { session } = await send(source);
    await until(() => notebook.total(LEG, 'audio') > 20);
    const measured = notebook.total(LEG, 'audio');
    const [killed = 0] = peerProcesses();
    process.kill(killed, 'SIGKILL');
    await until(() => source.sessionCount === 0);
    expect(source.counters.crashes).toBe(1);
    expect(lines.at(-1)).toMatchObject({ level: 'warn', how: 'SIGKILL', sessions: 1 });
    await expect(source.close(LEG, session)).rejects.toMatchObject({ code: 'WHIP_SESSION_UNKNOWN' });
    expect(notebook.total(LEG, 'audio')).toBe(measured);

    const { sender } = await send(source);
    expect(peerProcesses()).not.toContain(killed);
    const { audioPackets } = await drained(sender);
    await source.release(LEG, Date.now() / 1000);
    expect(notebook.total(LEG, 'audio')).toBeCloseTo(measured + audioPackets, 6);
  });
});

describe('offers', () => {
  test.each([
    ['no SDP at all', () => 'garbage', /not v=0/],
    ['a broken m-line', () => idleOffer.replace(/^m=audio .*$/m, 'm=audio'), /no media description/],
    ['no media', () => 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n', /no media|cannot be answered/],
    ['no bundle', () => idleOffer.replace(/^a=group:.*\r\n/m, ''), /bundle/],
    ['no DTLS', () => idleOffer.replaceAll(/^a=fingerprint:.*\r\n/gm, ''), /fingerprint/],
    ['nothing sent', () => idleOffer.replaceAll('a=sendonly', 'a=recvonly'), /cannot receive any media/],
    ['H.264 first', () => videoFirst(h264(idleOffer)), /cannot receive the first media/],
    ['codecs unknown here', () => idleOffer.replaceAll(/^(a=rtpmap:\d+) \w+/gm, '$1 X'), /offer cannot/],
  ])('with %s are refused', async (_, sdp, message) => {
    const { source } = rig();
    await expect(source.offer(LEG, sdp())).rejects.toMatchObject({
      code: 'SDP_INVALID',
      message: expect.stringMatching(message),
    });
    expect(source.counters).toEqual({ opened: 0, refused: 1, givenUp: 0, crashes: 0 });
    expect(source.sessionCount).toBe(0);
  });

  test('of H.264 only are answered without video, and the log says so', async () => {
    const { source, lines } = rig();
    const { answer } = await source.offer(LEG, h264(idleOffer));
    expect(answer).toMatch(/^m=video 0 /m);
    expect(answer).toMatch(/^m=audio [1-9]/m);
    expect(answer).toMatch(/^a=group:BUNDLE 0\r$/m);
    expect(lines).toMatchObject([{ message: 'WHIP session opened', refused: ['video'] }]);
  });

  test('beyond the maximum are refused until a session ends', async () => {
    const { source } = rig({ maximumSessions: 2 });
    const [first] = await Promise.all([source.offer(LEG, idleOffer), source.offer(LEG, idleOffer)]);
    const full = { code: 'WHIP_FAILED', hint: expect.stringContaining('maximumSessions') };
    await expect(source.offer(LEG, idleOffer)).rejects.toMatchObject(full);
    await source.close(LEG, first?.session ?? '');
    await source.offer(LEG, idleOffer);
    expect(source.sessionCount).toBe(2);
    expect(source.counters).toMatchObject({ opened: 3, refused: 1 });
    expect(peerProcesses()).toHaveLength(1);
  });

  test('of a leg that is not followed, or was released, are refused', async () => {
    const { source } = rig();
    await expect(source.offer(OTHER, idleOffer)).rejects.toMatchObject({ code: 'SOURCE_NOT_CONFIGURED' });
    await source.release(LEG, Date.now() / 1000);
    await expect(source.offer(LEG, idleOffer)).rejects.toMatchObject({ code: 'SOURCE_NOT_CONFIGURED' });
    expect(peerProcesses()).toEqual([]);
  });

  test('are refused when their leg ends before the answer', async () => {
    const { source } = rig();
    const offered = source.offer(LEG, idleOffer);
    const refused = expect(offered).rejects.toMatchObject({ code: 'LEG_ENDED' });
    await source.release(LEG, Date.now() / 1000);
    await refused;
    expect(source.sessionCount).toBe(0);
  });

  test('are refused once the source was stopped', async () => {
    const { source } = rig();
    await source.offer(LEG, idleOffer);
    await source.stop();
    expect(peerProcesses()).toEqual([]);
    await expect(source.offer(LEG, idleOffer)).rejects.toMatchObject({ code: 'DRAINING' });
  });
});

describe('sessions', () => {
  test('are closed only by the leg that has them', async () => {
    const { source } = rig();
    source.follow(legOf(OTHER));
    const { session } = await source.offer(LEG, idleOffer);
    await expect(source.close(OTHER, session)).rejects.toMatchObject({ code: 'WHIP_SESSION_UNKNOWN' });
    await source.close(LEG, session);
    await expect(source.close(LEG, session)).rejects.toMatchObject({ code: 'WHIP_SESSION_UNKNOWN' });
  });

  test('whose client never connects are given up', async () => {
    const { source, lines } = rig({ connectSeconds: 0.1 });
    await source.offer(LEG, idleOffer);
    await until(() => source.sessionCount === 0);
    expect(source.counters.givenUp).toBe(1);
    expect(lines.at(-1)).toMatchObject({ level: 'warn', leg: LEG, message: 'WHIP client did not connect' });
  });
});

describe('the child process', () => {
  test('keeps the native library and the secrets of the environment apart', async () => {
    process.env['OTHERLEG_TEST_SECRET'] = 'abc';
    const { source } = rig();
    await source.offer(LEG, idleOffer);
    delete process.env['OTHERLEG_TEST_SECRET'];
    const [peer = 0] = peerProcesses();
    expect(read(peer, 'maps')).toContain('wrtc.node');
    expect(read('self', 'maps')).not.toContain('wrtc.node');
    expect(read(peer, 'environ')).toContain('MALLOC_ARENA_MAX=2');
    expect(read(peer, 'environ')).not.toContain('abc');
  });

  test('ends when it was idle for long enough, and only then', async () => {
    // It is idle from the order to close on, which is waited for at most as long as is left of this.
    const { source } = rig({ idleSeconds: 1 });
    const { session } = await source.offer(LEG, idleOffer);
    const before = peerProcesses();
    expect(before).toHaveLength(1);
    await source.close(LEG, session);
    await source.offer(LEG, idleOffer);
    await sleep(1200);
    expect(peerProcesses()).toEqual(before);
    await source.release(LEG, Date.now() / 1000);
    await until(() => peerProcesses().length === 0);
    expect(source.counters.crashes).toBe(0);
  });

  test('gives back the threads and descriptors of closed sessions', async () => {
    const { source } = rig();
    await source.offer(LEG, idleOffer);
    const [peer = 0] = peerProcesses();
    const threads = (): number => Number(/^Threads:\s+(\d+)/m.exec(read(peer, 'status'))?.[1]);
    const descriptors = (): number => readdirSync(`/proc/${peer}/fd`).length;
    const before = { threads: threads(), descriptors: descriptors() };
    for (let round = 0; round < 8; round += 1) {
      const { session } = await source.offer(LEG, idleOffer);
      await source.close(LEG, session);
    }
    await until(() => threads() <= before.threads + 4 && descriptors() <= before.descriptors + 16);
  });

  test('that hangs holds up neither the end of a leg nor that of the agent', async () => {
    const { source, lines } = rig({ slotSeconds: 60, samplingInterval: 60 });
    await source.offer(LEG, idleOffer);
    process.kill(peerProcesses()[0] ?? 0, 'SIGSTOP');
    // Timers fire in their order however late they are: who is first does not hang on the machine.
    const first = await Promise.race([source.release(LEG, Date.now() / 1000), sleep(500, 'late')]);
    expect(first).toBeUndefined();
    expect(lines.at(-1)).toMatchObject({ level: 'warn', leg: LEG, message: 'no last sample of a WHIP session' });
    // It would never go by itself.
    await source.stop();
    expect(peerProcesses()).toEqual([]);
  });

  test('outlives the signals that end the agent, whose last samples it still has to give', async () => {
    const { source } = rig();
    const { session } = await source.offer(LEG, idleOffer);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.kill(peerProcesses()[0] ?? 0, signal);
    await sleep(100);
    await source.close(LEG, session);
    expect(source.counters.crashes).toBe(0);
  });
});
