import type { EndAnswer } from '../client/shapes.ts';
import type { WatchedLeg } from '../client/watch.ts';
import type { ChannelId, Direction } from '../model/channel.ts';
import type { Peers, RelayPorts } from './relay.ts';

/** One media stream of the call as its sender described it. `clockRate`: RTP timestamp units per second. */
export type NamedStream = ChannelId & {
  readonly direction: Direction;
  readonly ssrc: number;
  readonly clockRate: number;
};

/** What the demo tells its gateway process. */
export type ToGateway =
  | {
      readonly kind: 'start';
      /** Address of the agent's control API. */
      readonly agent: string;
      readonly relay: RelayPorts;
      readonly leg: WatchedLeg;
      readonly intervalSeconds: number;
    }
  | { readonly kind: 'end' }
  | { readonly kind: 'exit' };

/** What the gateway process tells the demo. `lastSampleAt`: epoch seconds of the last statistics that were taken. */
export type FromGateway =
  | { readonly kind: 'described'; readonly peers: Peers; readonly streams: readonly NamedStream[] }
  | { readonly kind: 'connected' }
  | { readonly kind: 'ended'; readonly answer?: EndAnswer; readonly lastSampleAt: number }
  | { readonly kind: 'trouble'; readonly reason: string };
