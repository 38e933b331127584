import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { legOf, PATIENT, type Rig, rigOf, until } from './rig.ts';

const CHROMIUM = '/usr/bin/chromium';
const LEG = '00000000-0000-4000-8000-000000000003';
const OTHER = '00000000-0000-4000-8000-000000000004';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
];

/** A WHIP client as a browser has it: fake camera and microphone, one POST. `codec`: the only one for video. */
const PAGE = `<!doctype html><script>
async function publish(leg, codec) {
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 240 } });
  const connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  for (const track of [...media.getAudioTracks(), ...media.getVideoTracks()]) {
    const transceiver = connection.addTransceiver(track, { direction: 'sendonly' });
    if (track.kind === 'audio' || codec === undefined) continue;
    const named = RTCRtpSender.getCapabilities('video').codecs.filter(({ mimeType }) =>
      [codec, 'video/rtx', 'video/red', 'video/ulpfec'].includes(mimeType));
    if (!named.some(({ mimeType }) => mimeType === codec)) return 'this browser has no ' + codec;
    transceiver.setCodecPreferences(named);
  }
  await connection.setLocalDescription();
  while (connection.iceGatheringState !== 'complete') await new Promise((resolve) => setTimeout(resolve, 10));
  const headers = { 'Content-Type': 'application/sdp' };
  const response = await fetch('/' + leg, { method: 'POST', headers, body: connection.localDescription.sdp });
  await connection.setRemoteDescription({ type: 'answer', sdp: await response.text() });
  while (connection.connectionState !== 'connected') await new Promise((resolve) => setTimeout(resolve, 10));
  return response.status;
}
</script>`;

const skipped = !existsSync(CHROMIUM) && process.env['OTHERLEG_TEST_ALL'] !== '1';

describe.skipIf(skipped)(
  'Chromium as a WHIP client (else: apt-get install -y --no-install-recommends chromium)',
  () => {
    let browser: Browser;
    let server: Server;
    let rig: Rig;

    beforeAll(async () => {
      rig = rigOf(PATIENT);
      rig.source.follow(legOf(LEG));
      server = createServer(async (request, response) => {
        if (request.method === 'GET') return response.setHeader('Content-Type', 'text/html').end(PAGE);
        const { answer } = await rig.source.offer(request.url?.slice(1) ?? '', await text(request));
        return response.writeHead(201, { 'Content-Type': 'application/sdp' }).end(answer);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    });

    afterAll(async () => {
      await browser?.close();
      await rig.source.stop();
      server.close();
    });

    async function publish(leg: string, codec?: string): Promise<unknown> {
      const page = await browser.newPage();
      const { port } = server.address() as AddressInfo; // it listens on TCP
      await page.goto(`http://127.0.0.1:${port}/`);
      return page.evaluate(`publish('${leg}', ${JSON.stringify(codec)})`);
    }

    test('is received, both media without loss, with the round trip of the path', async () => {
      expect(await publish(LEG)).toBe(201);
      const { notebook, source } = rig;
      const seen = () => notebook.intervalsOf(LEG, 'video').filter(({ frames = 0 }) => frames > 5).length;
      await until(() => seen() >= 2 && notebook.total(LEG, 'audio') > 50);
      await source.release(LEG, Date.now() / 1000);
      expect(notebook.streamsOf(LEG, 'audio')).toMatchObject([{ mid: '0', codec: 'opus', direction: 'inbound' }]);
      expect(notebook.streamsOf(LEG, 'video')).toMatchObject([{ mid: '1', codec: 'VP8', direction: 'inbound' }]);
      const all = [...notebook.intervals.values()];
      for (const { loss } of all) expect(loss?.lost ?? 0).toBe(0);
      const trips = all.flatMap(({ roundTrip }) => roundTrip?.stun ?? []).map(({ sum, count }) => sum / count);
      expect(trips.length).toBeGreaterThan(0);
      // On a busy machine some of them wait their turn.
      expect(Math.min(...trips)).toBeLessThan(0.1);
    });

    test('that has H.264 only is received without its video', async () => {
      const { notebook, source, lines } = rig;
      source.follow(legOf(OTHER));
      expect(await publish(OTHER, 'video/H264')).toBe(201);
      expect(lines.at(-1)).toMatchObject({ leg: OTHER, refused: ['video'] });
      await until(() => notebook.total(OTHER, 'audio') > 20);
      await source.release(OTHER, Date.now() / 1000);
      expect(notebook.streamsOf(OTHER, 'video')).toEqual([]);
    });
  },
);
