import type { SourceKind } from '../model/channel.ts';
import type { Clock } from '../model/clock.ts';
import type { ChannelSummary } from '../model/figures.ts';
import type { Leg } from '../model/leg.ts';
import type { Thresholds } from '../model/verdict.ts';
import type { CallRecordTask, Store } from '../store/store.ts';
import type { ControlContext } from './control.ts';
import type { KeyRing } from './key-ring.ts';
import type { LegWatch, Sink, Source } from './leg.ts';

/** What the live legs are built from. */
export type LegsParts = {
  readonly store: Store;
  readonly clock: Clock;
  /** Called once with the sinks that the sources then fill, one of its own for each kind. */
  readonly sources: (sinkOf: (kind: SourceKind) => Sink) => readonly Source[];
  readonly context: () => ControlContext;
  /** The body that a leg's figures make, or undefined where none may go out yet. */
  readonly reportOf: (leg: Leg, channels: readonly ChannelSummary[]) => string | undefined;
  /** The same for reading, with whatever identifiers there are. */
  readonly draftOf: (leg: Leg, channels: readonly ChannelSummary[]) => string | undefined;
  readonly slotSeconds: number;
  /** A controlled leg without any sign of life ends after this, and one that nobody controls. Seconds. */
  readonly idleSeconds: number;
  readonly uncontrolledIdleSeconds: number;
  /** A report was queued: whoever delivers may look. */
  readonly onQueued: () => void;
  /** Graph's records of calls, where they are read. */
  readonly callRecords?: RecordsOwed;
  /** Where Webex is asked for what it measured: told of every leg that has ended and waits for it. */
  readonly imports?: { readonly onAwaited: (leg: Leg) => void };
  /** From where on values are poor and fair; the defaults if absent. */
  readonly thresholds?: () => Thresholds;
  /** Where SRTP keys of live legs go, before their sources are told of the leg. */
  readonly keys?: KeyRing;
  readonly watch?: LegWatch;
  readonly log: LegsLog;
};

/** What legs have to do with Graph's records of their calls. */
export type RecordsOwed = {
  /** The record that the end of a leg owes, and that one is owed. */
  readonly taskOf: (leg: Leg) => CallRecordTask | undefined;
  readonly onOwed: () => void;
  /** After its end somebody told of a leg what its session is found by in the record, which may have been read before. */
  readonly onIdentified?: (leg: Leg) => void;
};

/** What the room says to operators; keys as in docs. */
export interface LegsLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}
