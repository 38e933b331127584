import type { Delivery, DeliveryState, Outcome } from '../model/delivery.ts';
import { rfc3339, timeMember } from './rfc3339.ts';

/** Where a report stands, with times as text. */
export function deliveryView({ at, dueAt, ...rest }: DeliveryState) {
  return { ...rest, ...timeMember('at', at), ...timeMember('dueAt', dueAt) };
}

/** One attempt at Graph. */
export function attemptView(outcome: Outcome) {
  const { kind, at, trace } = outcome;
  const dueAt = outcome.kind === 'keep' ? outcome.dueAt : undefined;
  return { kind, at: rfc3339(at), ...timeMember('dueAt', dueAt), ...(trace === undefined ? {} : { trace }) };
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
