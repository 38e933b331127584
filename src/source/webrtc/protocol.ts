import type { ErrorCode } from '../../model/error.ts';
import type { RtcStatsReport } from '../../model/rtc-stats.ts';

/** What a session's peer connection told at one moment. `state`: RTCPeerConnectionState (W3C webrtc, 4.3.3). */
export type SessionSample = { readonly session: string; readonly state: string; readonly report: RtcStatsReport };

/** What the agent may call in the child, with what, and what it gets. */
export type Calls = {
  readonly offer: { readonly ask: { readonly session: string; readonly sdp: string }; readonly answer: string };
  /** One sample of every session. */
  readonly sample: { readonly ask: null; readonly answer: readonly SessionSample[] };
  /** Ends a session with its last sample; null: there is none such. */
  readonly close: { readonly ask: { readonly session: string }; readonly answer: SessionSample | null };
};

export type CallName = keyof Calls;

/** A call on its way to the child; the reply has the same `id`. */
export type Request = {
  [Name in CallName]: { readonly id: number; readonly call: Name; readonly ask: Calls[Name]['ask'] };
}[CallName];

export type Failure = { readonly code: ErrorCode; readonly message: string; readonly hint?: string };

export type Reply =
  | { readonly id: number; readonly answer: Calls[CallName]['answer'] }
  | { readonly id: number; readonly failure: Failure };
