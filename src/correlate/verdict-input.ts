import type { Grade, GradedLeg } from '../model/verdict.ts';

/** Where Graph's record of the call stands. `unreadable`: this tenant does not let us. */
export type RecordState = 'off' | 'waiting' | 'read' | 'missing' | 'unreadable';

/** What is known of both legs of one call. */
export type VerdictInput = {
  readonly vtc: GradedLeg;
  /** The bot's session of the record, graded; absent where there is none. */
  readonly teams?: GradedLeg;
  readonly record: RecordState;
  readonly matchedBy?: 'identity' | 'time' | 'address';
  /** Sessions between which nothing decided. */
  readonly candidates: number;
  /** The one session that fitted by its times fitted another leg as well. */
  readonly isContested?: boolean;
  /** The worst of the other sessions, for a call in which both legs were good. */
  readonly worstOther?: { readonly name: string; readonly grade: Grade };
  /** Loss of video grew with its bit rate. */
  readonly growsWithBitRate?: boolean;
  readonly room?: string;
  /** IANA name, in which times are told. Default UTC. */
  readonly timeZone?: string;
};
