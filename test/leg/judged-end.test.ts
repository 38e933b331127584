import { describe, expect, it } from 'vitest';
import { THRESHOLDS } from '../../src/correlate/levels.ts';
import { judgedEnd } from '../../src/leg/judged-end.ts';
import { recordOwed } from '../../src/leg/owed.ts';
import type { Leg } from '../../src/model/leg.ts';
import type { CallRecordTask } from '../../src/store/store.ts';
import { BEGIN, vtcLeg } from '../correlate/two-leg-call.ts';
import { someLeg } from '../http/agent-fake.ts';
import { begin, id, identity, measuredLegs } from './measured-legs.ts';

const leg: Leg = { ...someLeg, state: 'ended', startedAt: BEGIN, endedAt: BEGIN + 600 };
const task: CallRecordTask = { callChainId: 'c', tenantId: 't', endedAt: 1, dueAt: 2 };
const reading = (owed: CallRecordTask | undefined) => ({
  callRecords: { taskOf: () => owed, onOwed: () => undefined },
});

describe('the end of a leg', () => {
  it('has the greatest of value ÷ poor value, and a verdict that waits for the Teams leg', () => {
    const view = { leg, ...vtcLeg({ 'audio inbound': { loss: 0.25 } }) };
    const judged = judgedEnd(view, reading(task));
    expect(judged.severity).toBeCloseTo(2.5, 9);
    expect(judged.verdict).toMatchObject({ leg: 'vtc', state: 'provisional', severity: expect.closeTo(2.5, 9) });
    expect(judgedEnd(view, {}).verdict).toMatchObject({ leg: 'vtc', state: 'final' });
  });

  it('goes by the thresholds that are configured', () => {
    const view = { leg, ...vtcLeg({ 'audio inbound': { loss: 0.25 } }) };
    const thresholds = () => ({ ...THRESHOLDS, poor: { ...THRESHOLDS.poor, loss: 0.5 } });
    expect(judgedEnd(view, { thresholds }).severity).toBeCloseTo(0.5, 9);
  });

  it('has no severity where too little was measured, and a verdict that says so', () => {
    const series = { mediaLegId: 'leg', streams: [], intervals: [], presence: [] };
    const judged = judgedEnd({ leg, channels: [], series, assignment: new Map() }, {});
    expect(judged).not.toHaveProperty('severity');
    expect(judged.verdict).toMatchObject({ leg: 'unknown' });
  });

  it('owes the record of its call, unless the leg counts for nothing or nobody reads records', () => {
    expect(recordOwed(leg, reading(task))).toEqual({ callRecord: task });
    expect(recordOwed({ ...leg, delivery: { state: 'none', reason: 'nothing-measured' } }, reading(task))).toEqual({
      callRecord: task,
    });
    expect(recordOwed({ ...leg, delivery: { state: 'none', reason: 'discarded' } }, reading(task))).toEqual({});
    expect(recordOwed(leg, reading(undefined))).toEqual({});
    expect(recordOwed(leg, {})).toEqual({});
  });

  it('is stored with both, and lists sort by it', async () => {
    const { legs, store, call, at } = await measuredLegs();
    at(0);
    await legs.put(id, { ...identity, startedAt: begin });
    await call(0, 30);
    await legs.end(id, {});
    const stored = await store.leg({ mediaLegId: id });
    // Jitter of 10 ms is a third of what is poor.
    expect(stored?.severity).toBeCloseTo(1 / 3, 6);
    expect(stored?.verdict?.sentence).toContain('the Teams leg is not read here');
    await store.close();
  });
});
