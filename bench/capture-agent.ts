import { createInterface } from 'node:readline';
import { CaptureEngine } from '../src/source/capture/capture-engine.ts';

/**
 * The capture of an agent that follows the calls of sender.c: `node bench/capture-agent.ts INTERFACE CALLS`. Says `ready`,
 * and at each line that it reads what it has counted, as JSON.
 */
const [interfaceName = '', calls = ''] = process.argv.slice(2);
const MEDIA = [
  { media: 'audio', payloadType: 111, codec: 'opus', clockRate: 48_000 },
  { media: 'video', payloadType: 96, codec: 'H264', clockRate: 90_000 },
  { media: 'screenSharing', payloadType: 97, codec: 'H264', clockRate: 90_000 },
] as const;

let intervals = 0;
let counted = 0;
const engine = new CaptureEngine(
  { interface: interfaceName, tool: 'tcpdump', slotSeconds: 5, signalling: [], networks: [] },
  (message) => {
    if (message.kind !== 'measured') return;
    intervals += message.intervals.length;
    for (const { packets = 0 } of message.intervals) counted += packets;
  },
  { info: () => undefined, warn: (fields, message) => console.error(message, fields) },
);
engine.start();
for (let call = 0; call < Number(calls); call += 1) {
  const mediaLegId = `00000000-0000-4000-8000-${call.toString(16).padStart(12, '0')}`;
  const channels = MEDIA.map(({ media, payloadType, codec, clockRate }, index) => ({
    media,
    channelIndex: 1,
    local: { address: '10.77.0.1', port: 20_000 + 6 * call + 2 * index },
    payloadTypes: [{ payloadType, codec, clockRate }],
  }));
  engine.follow({ mediaLegId, startedAt: Date.now() / 1000, control: { channels }, channels: [] });
}
const poll = setInterval(async () => {
  const { media } = await engine.look();
  if (media.state !== 'live' || media.filter === 'udp port 0') return;
  clearInterval(poll);
  console.log('ready');
}, 50);

for await (const line of createInterface(process.stdin)) {
  if (line === 'end') break;
  const { packets, rtpPackets, dropped, unclaimed, media } = await engine.look();
  console.log(JSON.stringify({ packets, rtpPackets, dropped, unclaimed, intervals, counted, media }));
}
await engine.stop();
process.exit(0);
