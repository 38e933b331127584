import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forbidden, turnAfter } from '../../src/delivery/call-record-turn.ts';
import type { CallRecordResult } from '../../src/graph/graph.ts';
import type { CallRecord } from '../../src/model/call-record.ts';
import type { ClaimedTask } from '../../src/store/store.ts';

const END = 1_800_000_000;
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const task: ClaimedTask = {
  ...{ callChainId: 'c', tenantId: 't', endedAt: END, state: 'waiting', attempts: 0, fence: 1 },
};
const missing: CallRecordResult = { kind: 'missing', trace: {} };
const keep: CallRecordResult = { kind: 'keep', trace: {}, throttled: false };
const record: CallRecord = { id: 'c', version: 1, sessions: [] };
const found: CallRecordResult = { kind: 'found', record, trace: {} };

const turned = (result: CallRecordResult, seconds: number, more: Partial<ClaimedTask> = {}, delay = 15 * MINUTE) =>
  turnAfter(
    { task: { ...task, ...more }, result, at: END + seconds, random: 0.5, delay },
    'record' in result ? result.record : undefined,
  );

/** Minutes. */
const LATE = [180, 1440];

/** All tries of a record that never comes. */
function tries(delay: number, result: CallRecordResult = missing): readonly number[] {
  const at: number[] = [];
  let next: number | undefined = delay;
  let attempts = 0;
  while (next !== undefined && at.length < 200) {
    at.push(next);
    const turn = turned(result, next, { attempts }, delay);
    attempts = turn.attempts;
    next = turn.dueAt === undefined ? undefined : turn.dueAt - END;
  }
  return at;
}

describe('a record that is not there', () => {
  it.each([
    [15 * MINUTE, [15, 30, 60, 90, 120, 150, ...LATE]],
    [20 * MINUTE, [20, 40, 70, 100, 130, 150, ...LATE]],
    [60 * MINUTE, [60, 90, 120, 150, ...LATE]],
    [150 * MINUTE, [150, ...LATE]],
  ])(
    'is asked for after %i s, then after as much, doubled to half an hour, until 150 min, and then as a read one',
    (delay, minutes) => {
      expect(tries(delay).map((at) => at / MINUTE)).toEqual(minutes);
    },
  );

  it('is asked for each second, two, four… where the delay is one second', () => {
    expect(tries(1).slice(0, 6)).toEqual([1, 2, 4, 8, 16, 32]);
    expect(tries(1)).toContain(150 * MINUTE);
  });

  it('is missing from then on', () => {
    expect(turned(missing, 150 * MINUTE - 1, { attempts: 9 })).toMatchObject({
      ...{ state: 'waiting', attempts: 10, dueAt: END + 150 * MINUTE },
    });
    expect(turned(missing, 150 * MINUTE)).toEqual({
      ...{ at: END + 150 * MINUTE, state: 'missing', attempts: 1, dueAt: END + 3 * HOUR },
    });
  });

  it('may yet come: the call of a room that left early goes on', () => {
    const gone = { state: 'missing', attempts: 6 } as const;
    expect(turned(found, 3 * HOUR, gone)).toMatchObject({ state: 'read', dueAt: END + 24 * HOUR });
    expect(turned(missing, 3 * HOUR, gone)).toMatchObject({ state: 'missing', dueAt: END + 24 * HOUR });
    expect(turned(keep, 3 * HOUR, gone)).toMatchObject({ state: 'missing', dueAt: END + 3 * HOUR + 30 * MINUTE });
    expect(turned(missing, 24 * HOUR, gone)).not.toHaveProperty('dueAt');
  });
});

describe('a Graph that does not answer', () => {
  it('says nothing of the record, for as long as Graph keeps it', () => {
    expect(turned(keep, 151 * MINUTE, { attempts: 20 })).toMatchObject({
      ...{ state: 'waiting', dueAt: END + 181 * MINUTE },
    });
    expect(turned(keep, 30 * DAY)).toEqual({ at: END + 30 * DAY, state: 'missing', attempts: 1 });
    expect(tries(15 * MINUTE, keep)).toHaveLength(200);
  });

  it('is waited for as long as it says, and a little longer', () => {
    const told: CallRecordResult = { kind: 'keep', trace: {}, throttled: true, retryAfterSeconds: 100 };
    expect(turned(told, 0).dueAt).toBe(END + 105);
  });
});

describe('a record that was found', () => {
  it.each([
    [15 * MINUTE, 3 * HOUR],
    [3 * HOUR - 1, 3 * HOUR],
    [3 * HOUR, 24 * HOUR],
    [23 * HOUR, 24 * HOUR],
    [24 * HOUR, undefined],
    [9 * DAY, undefined],
  ])('%i s after the end is read again after %s s', (at, again) => {
    expect(turned(found, at)).toEqual({
      ...{ at: END + at, state: 'read', attempts: 0, record },
      ...(again === undefined ? {} : { dueAt: END + again }),
    });
  });

  it('stays, whatever comes when it is read again', () => {
    const read = { state: 'read', version: 1 } as const;
    expect(turned(missing, 3 * HOUR, read)).toMatchObject({ state: 'read', dueAt: END + 24 * HOUR });
    expect(turned(missing, 24 * HOUR, read)).not.toHaveProperty('dueAt');
    expect(turned(keep, 3 * HOUR, read)).toMatchObject({ state: 'read', dueAt: END + 3 * HOUR + 15 * MINUTE });
    expect(turned({ kind: 'forbidden', trace: {} }, 3 * HOUR, read)).toMatchObject({ state: 'read' });
  });
});

describe('a tenant that does not let us', () => {
  it('is asked again daily, for thirty days', () => {
    expect(turned({ kind: 'forbidden', trace: {} }, HOUR)).toEqual({
      ...{ at: END + HOUR, state: 'unreadable', attempts: 1, dueAt: END + HOUR + DAY },
    });
    expect(forbidden(task, END + 29 * DAY)).not.toHaveProperty('dueAt');
  });

  it('that lets us later has its record read, or looked for', () => {
    expect(turned(found, 5 * DAY, { state: 'unreadable' })).toMatchObject({ state: 'read' });
    expect(turned(missing, 5 * DAY, { state: 'unreadable' })).toMatchObject({ state: 'missing' });
  });
});

describe('whatever happens', () => {
  it('a next try lies ahead, and there are no more than a hundred a month while Graph answers', () => {
    const result = fc.constantFrom(missing, found, { kind: 'forbidden', trace: {} } as const);
    fc.assert(
      fc.property(
        fc.array(result, { minLength: 100, maxLength: 100 }),
        fc.integer({ min: 1, max: 9000 }),
        (results, delay) => {
          let state: ClaimedTask = task;
          let at = END + delay;
          for (const one of results) {
            const turn = turnAfter(
              { task: state, result: one, at, random: 0, delay },
              'record' in one ? one.record : undefined,
            );
            if (turn.dueAt === undefined) return;
            expect(turn.dueAt).toBeGreaterThan(at);
            at = turn.dueAt;
            state = { ...state, state: turn.state, attempts: turn.attempts };
          }
          expect.unreachable('it never ends');
        },
      ),
    );
  });
});
