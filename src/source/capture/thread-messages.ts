import type { MessagePort } from 'node:worker_threads';
import type { FeedOptions } from './feed.ts';
import type { FromMeter, ToMeter } from './messages.ts';

/** Media, of which headers are enough, and signalling, which has to be read whole: one capture each. */
export type LaneName = 'media' | 'signalling';

/** To the thread that reads, besides what its meter is told. Times are epoch seconds. */
export type ToReader =
  | ToMeter
  /** A capture was started. In a lane that has one it takes over from that. */
  | ({ readonly kind: 'feed'; readonly lane: LaneName } & FeedOptions)
  /** Packets from then on come by this feed. */
  | { readonly kind: 'listening'; readonly feed: number; readonly at: number }
  /** It has written so many packets by then. */
  | { readonly kind: 'polled'; readonly feed: number; readonly captured: number; readonly at: number }
  /** Answered by `done` once all that was captured by `at` is measured. */
  | { readonly kind: 'drain'; readonly ask: number; readonly at: number }
  /** Answered by `done` once all feeds have ended and are measured; the thread then reads no more. */
  | { readonly kind: 'finish'; readonly ask: number };

/** From the thread that reads. */
export type FromReader =
  | FromMeter
  /** The feed that another takes over from is no longer needed. */
  | { readonly kind: 'passed'; readonly feed: number }
  /** The feed has taken over, and another may take over from it. */
  | { readonly kind: 'settled'; readonly feed: number }
  /** The feed has ended, or cannot be read: its descriptor is no longer used. */
  | { readonly kind: 'over'; readonly feed: number; readonly damage?: string }
  /** Packets that the capture wrote and that never came, from one time to another. */
  | {
      readonly kind: 'lost';
      readonly feed: number;
      readonly count: number;
      readonly since: number;
      readonly at: number;
    }
  | { readonly kind: 'clock-step'; readonly seconds: number }
  | { readonly kind: 'done'; readonly ask: number };

/** What the thread is started with. */
export type ReaderData = {
  readonly port: MessagePort;
  readonly slotSeconds: number;
  /** Whether calls are found by the signalling that passes. */
  readonly discover: boolean;
  /** Addresses and networks of the configured devices. */
  readonly networks: readonly string[];
};
