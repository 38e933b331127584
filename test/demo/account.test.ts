import { describe, expect, test } from 'vitest';
import { answerOf, humanText, jsonText } from '../../src/demo/account.ts';
import { callAnswer, outcome, quality, report, truth } from './example.ts';

const where = { agentUrl: 'http://127.0.0.1:7741', held: false };

describe('for programs', () => {
  test('it is one document: the report as it was accepted, and what the relay counted', () => {
    const document = JSON.parse(jsonText(outcome(), where));
    expect(Object.keys(document)).toEqual(['report', 'accepted', 'truth']);
    expect(document.report).toEqual(outcome().report);
    expect(document.accepted).toBe(true);
    expect(document.truth.roundTrip.averageSeconds).toBe(0.081_312);
    expect(document.truth.channels[0].outbound.untilLastReport).toEqual({ packets: 1400, lost: 21, lossPercent: 1.5 });
  });

  test('with both legs and the verdict, once they are known', () => {
    const { call, ...rest } = JSON.parse(jsonText(outcome({ call: callAnswer() }), where));
    expect(Object.keys(rest)).toEqual(['report', 'accepted', 'truth']);
    expect(call).toMatchObject({
      callChainId: '0622673d-9f69-49b3-9d4f-5ec64f42ecce',
      callRecord: 'read',
      verdict: callAnswer().verdict,
      passages: [{ room: { level: 'fair', lossPercent: 2.04 }, teams: { level: 'good', lossPercent: 0.1 } }, {}],
    });
  });

  test('it tells the page where there is one', () => {
    const pageUrl = 'http://127.0.0.1:7741/';
    expect(JSON.parse(jsonText(outcome(), { ...where, pageUrl })).pageUrl).toBe(pageUrl);
  });
});

describe('for people', () => {
  const lines = humanText(outcome(), where).split('\n');

  test('the report is a table', () => {
    expect(lines).toContain('The report of the leg to "Boardroom" (Bldg 30/21); in = device to gateway');
    const heading = lines.find((line) => line.includes('packets')) ?? '';
    const row = lines.find((line) => line.includes('audio 1')) ?? '';
    expect(heading.split(/\s{2,}/)).toEqual([
      ...['', 'channel', 'way', 'packets', 'loss %', 'max', 'jitter ms', 'max', 'round trip ms', 'max', 'kbit/s'],
      'frames/s',
    ]);
    expect(row.trim().split(/\s{2,}/)).toEqual([
      'audio 1',
      'in',
      '1470',
      '2.04',
      '4.00',
      '3.1',
      '5.0',
      '81.5',
      '90.0',
      '–',
      '–',
    ]);
  });

  test('what the relay did stands beside what was measured, with the difference', () => {
    const row = lines.filter((line) => line.includes('audio 1') && line.includes('loss'));
    expect(row.map((line) => line.trim().split(/\s{2,}/))).toEqual([
      ['audio 1', 'in', 'loss', '2.00', '2.04', '%', '+0.04'],
      ['audio 1', 'out', 'loss', '1.50', '1.50', '%', '+0.00'],
    ]);
  });

  test('the answer of Graph and where to look further are told', () => {
    const text = lines.join('\n');
    expect(text).toContain("Graph's stand-in answered 204; the report is delivered");
    expect(text).toContain('(otherleg demo --hold keeps the agent up)');
    expect(text).toContain('http://127.0.0.1:7741/v1/legs/bd9ee398-4b9d-42c7-8b8d-4e8efad9435f/series');
    expect(text).not.toContain('page');
  });

  test('an agent that stays up may have a page', () => {
    const text = humanText(outcome(), { ...where, held: true, pageUrl: 'http://127.0.0.1:7741/' });
    expect(text).toMatch(/this call on the page +http:\/\/127\.0\.0\.1:7741\/#\/legs\/[0-9a-f-]{36}\n/);
    expect(text).not.toContain('--hold');
  });

  test('both legs stand beside each other, and the sentence says which was bad', () => {
    const told = humanText(outcome({ call: callAnswer() }), where).split('\n');
    const rows = told.filter((line) => / {2}(from|to) the room/.test(line));
    expect(rows.map((line) => line.trim().split(/\s{2,}/))).toEqual([
      ['audio', 'from the room', 'fair', '2.04', '3.1', '81.5', 'good', '0.10', '2.0', '22.0'],
      ['audio', 'to the room', 'poor', '1.50', '4.2', '81.0', 'unmeasured', '0.30', '–', '–'],
    ]);
    expect(told).toContain('The verdict, final, confidence high');
    expect(told).toContain('  The leg between Boardroom and the gateway was bad.');
    expect(told.join('\n')).not.toContain('not read');
  });

  test('a record that was not read in time is told as such', () => {
    const { legs, ...answer } = callAnswer();
    const call = { ...answer, legs: legs.map(({ teams: _, ...leg }) => leg), callRecord: { state: 'waiting' } };
    const text = humanText(outcome({ call }), where);
    expect(text).toContain('The call record was not read in time (waiting): no Teams leg.');
    expect(text).toMatch(/audio +to the room +poor +1\.50 +4\.2 +81\.0 +– +– +– +–\n/);
    expect(lines).toContain('The Teams leg: not asked for, because the report was not accepted');
  });

  test('a relay that stood still says so, a short pause is nothing', () => {
    const busy = { ...truth('audio'), longestStallSeconds: 0.2504 };
    expect(humanText(outcome({ truth: busy }), where)).toContain('the relay stood still for up to 250 ms');
    expect(lines.join('\n')).not.toContain('stood still');
  });

  test('a figure that nobody measured is a dash', () => {
    const bare = report({ '@odata.type': quality('audio')['@odata.type'], channelIndex: 1, inboundPackets: 5 });
    const row = humanText(outcome({ report: bare }), where)
      .split('\n')
      .find((line) => line.includes('audio 1'));
    expect(row?.trim().split(/\s{2,}/)).toEqual(['audio 1', 'in', '5', ...new Array(8).fill('–')]);
  });
});

describe('the answer of Graph', () => {
  test('is told with every violation', () => {
    const graph = {
      at: 0,
      method: 'POST',
      path: '/',
      headers: {},
      text: '',
      violations: ['a: b', 'c: d'],
      status: 400,
    };
    expect(answerOf(outcome({ graph, delivery: { state: 'refused' } }))).toBe(
      '400; the report is refused\n    a: b\n    c: d',
    );
  });

  test('may not have come', () => {
    const { graph: _, ...silent } = outcome({ delivery: { state: 'waiting' } });
    expect(answerOf(silent)).toBe('nothing: no request came, the report is waiting');
  });
});
