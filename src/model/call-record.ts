import type { Media } from './channel.ts';

/**
 * Graph's own record of a call, in our units: ratios 0–1, seconds, epoch seconds. What Graph left out is absent; members
 * of enumerations that are newer than this agent are kept as they came.
 */
export type CallRecord = {
  readonly id: string;
  /** Grows as late telemetry comes in. */
  readonly version: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly sessions: readonly CallSession[];
};

/** One leg of the call as Teams saw it; in meetings a participant (caller) and the service (callee). */
export type CallSession = {
  readonly id: string;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly modalities: readonly string[];
  readonly caller: CallEndpoint;
  readonly callee: CallEndpoint;
  readonly streams: readonly CallStream[];
};

export type CallEndpoint = {
  readonly kind: 'participant' | 'service' | 'unknown';
  /** Of a service: `customBot`, `mediaController` … */
  readonly role?: string;
  readonly platform?: string;
  /** Application identifiers, of its identity or its user agent. */
  readonly applicationIds: readonly string[];
  /** Identifiers and display names of who it was. */
  readonly identities: readonly string[];
  readonly displayName?: string;
};

/** What one of its ends sent on one media line, as the other end received it. */
export type CallStream = {
  /** `main-audio`, `main-video` … */
  readonly label: string;
  readonly media?: Media;
  readonly direction: 'callerToCallee' | 'calleeToCaller';
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly packets?: number;
  readonly averageLoss?: number;
  readonly maximumLoss?: number;
  readonly averageJitter?: number;
  readonly maximumJitter?: number;
  readonly averageRoundTrip?: number;
  readonly maximumRoundTrip?: number;
  /** Pictures per second as received. */
  readonly averageFrameRate?: number;
  /** Bits per second. */
  readonly bandwidthEstimate?: number;
  readonly callerAddress?: string;
  readonly callerPort?: number;
  readonly calleeAddress?: string;
  readonly calleePort?: number;
};
