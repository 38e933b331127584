import { describe, expect, test } from 'vitest';
import type { CallAnswer } from '../../src/client/read-shapes.ts';
import { passagesOf } from '../../src/demo/two-legs.ts';
import { callAnswer, quality, report } from './example.ts';

const told = report(quality('audio'));

describe('both legs beside each other', () => {
  test('are the measured figures and those of the record, the journey the same', () => {
    expect(passagesOf(told, callAnswer())).toEqual([
      {
        media: 'audio',
        journey: 'fromRoom',
        room: {
          level: 'fair',
          lossPercent: 2.04,
          jitterMillis: expect.closeTo(3.1),
          roundTripMillis: expect.closeTo(81.5),
        },
        teams: {
          level: 'good',
          lossPercent: expect.closeTo(0.1),
          jitterMillis: expect.closeTo(2),
          roundTripMillis: expect.closeTo(22),
        },
      },
      {
        media: 'audio',
        journey: 'toRoom',
        room: {
          level: 'poor',
          lossPercent: 1.5,
          jitterMillis: expect.closeTo(4.2),
          roundTripMillis: expect.closeTo(81),
        },
        teams: { level: 'unmeasured', lossPercent: expect.closeTo(0.3) },
      },
    ]);
  });

  test('turn round where the bot was called', () => {
    const answer = callAnswer();
    const [leg] = answer.legs;
    if (leg?.teams === undefined) throw new Error('the example has no Teams leg');
    const called: CallAnswer = { ...answer, legs: [{ ...leg, teams: { ...leg.teams, bot: 'callee' } }] };
    expect(passagesOf(told, called).map(({ teams }) => teams.lossPercent)).toEqual([
      expect.closeTo(0.3),
      expect.closeTo(0.1),
    ]);
  });

  test('without a record are one', () => {
    const { callRecord: _, legs, ...answer } = callAnswer();
    const alone = { ...answer, legs: legs.map(({ teams: __, ...leg }) => leg) };
    expect(passagesOf(told, alone).map(({ room, teams }) => [room.level, teams])).toEqual([
      ['fair', {}],
      ['poor', {}],
    ]);
  });

  test('of a leg that the answer does not have are the measured figures alone', () => {
    const strange = passagesOf(told, { ...callAnswer(), legs: [] });
    expect(strange[0]?.room).toEqual({
      lossPercent: 2.04,
      jitterMillis: expect.closeTo(3.1),
      roundTripMillis: expect.closeTo(81.5),
    });
  });
});
