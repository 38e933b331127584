import { type LegWatch, watchPeerConnection } from '../client/watch.ts';
import { pumpMedia } from './media-pump.ts';
import type { FromGateway, ToGateway } from './messages.ts';
import { CHANNELS, connected, negotiate } from './peer-pair.ts';
import type { PeerConnection } from './webrtc.ts';

// A process of its own, which always ends by process.exit: @roamhq/wrtc crashes when Node ends naturally, and in threads.

const tell = (message: FromGateway): unknown => process.send?.(message);

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function fail(error: unknown): never {
  tell({ kind: 'trouble', reason: reasonOf(error) });
  process.exit(1);
}

let lastSampleAt = 0;

/** The gateway's connection as the watch sees it, noting when the statistics were taken. */
function observed(connection: PeerConnection) {
  return {
    get localDescription() {
      return connection.localDescription;
    },
    get remoteDescription() {
      return connection.remoteDescription;
    },
    getStats: async () => {
      const stats = await connection.getStats();
      lastSampleAt = Date.now() / 1000;
      return stats;
    },
  };
}

async function start(order: Extract<ToGateway, { readonly kind: 'start' }>): Promise<LegWatch> {
  const pair = await negotiate(order.relay);
  const { gateway, device, peers, streams } = pair;
  tell({ kind: 'described', peers, streams });
  await pair.connect();
  const roles = Object.fromEntries(Object.entries(CHANNELS).map(([mid, { media }]) => [mid, media]));
  const watch = watchPeerConnection(observed(gateway.connection), order.leg, {
    agent: order.agent,
    intervalSeconds: order.intervalSeconds,
    channels: roles,
    endSeconds: 10,
    onError: (error) => tell({ kind: 'trouble', reason: reasonOf(error) }),
  });
  pumpMedia([gateway.sources, device.sources]);
  await connected(gateway);
  tell({ kind: 'connected' });
  return watch;
}

let watch: LegWatch | undefined;

async function obey(order: ToGateway): Promise<void> {
  if (order.kind === 'start') watch = await start(order);
  if (order.kind === 'exit') process.exit(0);
  if (order.kind === 'end') {
    const answer = await watch?.end('hang-up');
    tell({ kind: 'ended', lastSampleAt, ...(answer === undefined ? {} : { answer }) });
  }
}

process.on('uncaughtException', fail);
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group: the demo decides when this process ends.
process.on('SIGINT', () => {});
process.on('message', (order: ToGateway) => {
  obey(order).catch(fail);
});
