import type { Delivery, DeliveryState, Outcome, Report } from '../model/delivery.ts';
import { rfc3339, timeMember } from './rfc3339.ts';

/** Where a report stands, with times as text. */
export function deliveryView({ at, dueAt, ...rest }: DeliveryState) {
  return { ...rest, ...timeMember('at', at), ...timeMember('dueAt', dueAt) };
}

/** A report that is tried again: when, where that is not at once. Epoch seconds. */
export function retriedView({ heldUntil }: { readonly heldUntil?: number }) {
  return timeMember('heldUntil', heldUntil);
}

/** One attempt at Graph. */
export function attemptView(outcome: Outcome) {
  const { kind, at, trace } = outcome;
  const dueAt = outcome.kind === 'keep' ? outcome.dueAt : undefined;
  return { kind, at: rfc3339(at), ...timeMember('dueAt', dueAt), ...(trace === undefined ? {} : { trace }) };
}

/** One report with where it stands, every attempt at it, and its body as sent or to be sent. */
export function reportView(
  { body, createdAt, ...report }: Report,
  { state, attempts = 0, reason, at, dueAt }: DeliveryState,
  history: readonly Outcome[],
) {
  return {
    ...report,
    // A leg that has a report stands where the report does.
    state: state as Delivery['state'],
    ...(reason === undefined ? {} : { reason }),
    attempts,
    createdAt: rfc3339(createdAt),
    ...timeMember('dueAt', dueAt),
    ...timeMember('settledAt', state === 'queued' ? undefined : at),
    history: history.map(attemptView),
    // A report's body is what this agent wrote.
    report: JSON.parse(body) as { quality: Record<string, unknown> },
  };
}

/** A report in the outbox list. */
export function reportEntryView({ createdAt, dueAt, settledAt, last, ...rest }: Delivery) {
  return {
    ...rest,
    createdAt: rfc3339(createdAt),
    ...timeMember('dueAt', dueAt),
    ...timeMember('settledAt', settledAt),
    ...(last === undefined ? {} : { last: attemptView(last) }),
  };
}
