import { legsOfCall } from '../http/call-legs.ts';
import { OtherlegError } from '../model/error.ts';
import type { CallRecordTask, Store, StoredRecord } from '../store/store.ts';

export type RecordAsk = {
  readonly store: Pick<Store, 'legs' | 'callRecord' | 'askCallRecord'>;
  /** Whether records are read at all. */
  readonly enabled: boolean;
  /** Epoch seconds. */
  readonly now: number;
};

/**
 * Makes Graph's record of a call due now, whatever was found before: missing, unreadable, or read already. Undefined where no
 * leg of ours was in the call; rejects with RECORD_NOT_READ where there is nothing to ask, and for whom.
 */
export async function askRecord(
  callChainId: string,
  { store, enabled, now }: RecordAsk,
): Promise<{ readonly task: CallRecordTask; readonly stored: StoredRecord } | undefined> {
  const legs = await legsOfCall({ list: (query) => store.legs(query) }, callChainId);
  if (legs.length === 0) return undefined;
  if (!enabled) throw notRead('call records are not read here', OFF);
  const last = legs.filter(({ state }) => state === 'ended').toSorted((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0))[0];
  if (last === undefined) throw notRead(`call ${callChainId} goes on`, 'Graph makes its record when it is over');
  const { tenantId, endedAt = now } = last;
  if (tenantId === undefined) throw notRead(`nobody told whose call ${callChainId} was`, TENANT);
  const task = { callChainId, tenantId, endedAt, dueAt: now };
  await store.askCallRecord?.(task);
  return { task, stored: (await store.callRecord(callChainId)) ?? { callChainId, tenantId, state: 'waiting' } };
}

const notRead = (message: string, hint: string): OtherlegError =>
  new OtherlegError('RECORD_NOT_READ', message, { hint });

const OFF = 'set callRecords.enabled; it needs CallRecords.Read.All (docs/verdict.md)';
const TENANT = 'tell tenantId of one of its legs, or set graph.auth.tenantId';
