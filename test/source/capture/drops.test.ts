import { describe, expect, it, test } from 'vitest';
import { DropCounter, readCounts } from '../../../src/source/capture/drops.ts';

const LINE = 'tcpdump: 273 packets captured, 4000 packets received by filter, 12 packets dropped by kernel\n';
const AT_END = '1 packet captured\n2 packets received by filter\n0 packets dropped by kernel\n';

describe('the counts that tcpdump prints', () => {
  test.each([
    { name: 'at SIGUSR1', text: LINE, counts: [{ captured: 273, received: 4000, dropped: 12 }], rest: '\n' },
    { name: 'at its end', text: AT_END, counts: [{ captured: 1, received: 2, dropped: 0 }], rest: '\n' },
    {
      name: 'twice',
      text: LINE + LINE,
      counts: Array(2).fill({ captured: 273, received: 4000, dropped: 12 }),
      rest: '\n',
    },
    {
      name: 'with those of the interface',
      text: LINE.replace('\n', ', 3 packets dropped by interface\n'),
      counts: [{ captured: 273, received: 4000, dropped: 12 }],
      rest: ', 3 packets dropped by interface\n',
    },
    { name: 'not yet whole', text: LINE.slice(0, 60), counts: [], rest: LINE.slice(0, 60) },
    { name: 'none', text: 'tcpdump: listening on any\n', counts: [], rest: 'tcpdump: listening on any\n' },
  ])('$name', ({ text, counts, rest }) => {
    expect(readCounts(text)).toEqual({ counts, rest });
  });

  it('come out whole wherever the text is cut', () => {
    const text = LINE + AT_END;
    for (let cut = 0; cut <= text.length; cut += 1) {
      const first = readCounts(text.slice(0, cut));
      const second = readCounts(first.rest + text.slice(cut));
      expect([...first.counts, ...second.counts]).toEqual(readCounts(text).counts);
    }
  });

  it('do not grow memory with other words', () => {
    expect(readCounts('x'.repeat(5000)).rest).toHaveLength(1000);
  });
});

describe('what was dropped', () => {
  const dropped = (name: string, ...counts: readonly number[]): readonly number[] => {
    const counter = new DropCounter(name);
    return counts.map((count) => counter.lost({ captured: 0, received: 0, dropped: count }));
  };

  test.each([
    { name: 'eth0', counts: [0, 5, 5, 9], lost: [0, 5, 0, 4] },
    { name: 'any', counts: [3], lost: [3] },
    { name: 'lo', counts: [4, 7, 8], lost: [2, 2, 1] },
    { name: 'eth0', counts: [2 ** 32 - 1, 2], lost: [2 ** 32 - 1, 3] },
  ])('on $name, counted $counts: $lost', ({ name, counts, lost }) => {
    expect(dropped(name, ...counts)).toEqual(lost);
  });
});
