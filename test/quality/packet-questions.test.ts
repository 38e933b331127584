import { describe, expect, test } from 'vitest';
import * as questions from '../../src/quality/packet-questions.ts';

const ntpAt = (index: number): number => 3.9e9 + 5 * index + ((index * 7919) % 1_048_576) / 1_048_576;
const middleOf = (ntp: number): number => Math.floor(ntp * 65_536) >>> 0;

describe('questions', () => {
  test('the latest 16 are found by the middle of their NTP time, each with what it is', () => {
    const all = questions.newQuestions();
    const ring = questions.newRing(all, 0xfedc_ba98);
    for (let index = 0; index < 100; index += 1) {
      questions.ask(all, ring, 1.7e15 + index + 0.25, ntpAt(index));
      for (let back = 0; back < 20; back += 1) {
        if (back > index) continue;
        const at = questions.named(all, ring, middleOf(ntpAt(index - back)));
        if (back >= 16) expect(at).toBe(-1);
        else {
          expect(questions.askedAt(all, ring, at)).toBe(1.7e15 + index - back + 0.25);
          expect(questions.ntpOf(all, ring, at)).toBe(ntpAt(index - back));
        }
      }
    }
    expect(questions.ringOf(all, ring, 0xfedc_ba98)).toBe(ring);
    expect(questions.ringOf(all, ring, 1)).toBe(0);
  });

  test('the same question again is the first one; one that differs in the lowest or uppermost bits is another', () => {
    const all = questions.newQuestions();
    const ring = questions.newRing(all, 1);
    const ntp = 3.9e9;
    expect(questions.ask(all, ring, 1, ntp)).toBe(0);
    expect(questions.ask(all, ring, 2, ntp)).toBe(0);
    expect(questions.askedAt(all, ring, 0)).toBe(1);
    expect(questions.ask(all, ring, 3, ntp + 1 / 1_048_576)).toBe(1);
    expect(questions.ask(all, ring, 4, ntp - 65_536)).toBe(2);
    expect([1, 2].map((at) => questions.ntpOf(all, ring, at))).toEqual([ntp + 1 / 1_048_576, ntp - 65_536]);
  });

  test.each([
    ['one SSRC', [5, 5, 5]],
    ['several', [5, 6, 0xffff_ffff]],
    ['the SSRC 0 before others', [0, 6, 0]],
  ])('chains keep where they began: %s', (_name, ssrcs) => {
    const all = questions.newQuestions();
    const ring = questions.newRing(all, 1);
    ssrcs.forEach((ssrc, index) => {
      questions.ask(all, ring, index, ntpAt(index));
      expect(questions.chainAt(all, ring, index)).toBeUndefined();
      questions.beginChain(all, ring, index, 100 + index, ssrc);
      questions.beginChain(all, ring, index, 999, 9);
      expect(questions.ntpOf(all, ring, index)).toBe(ntpAt(index));
      // With its chain too it is the same question.
      expect(questions.ask(all, ring, index + 50, ntpAt(index))).toBe(index);
    });
    ssrcs.forEach((ssrc, index) => {
      expect(questions.chainAt(all, ring, index)).toEqual({ base: 100 + index, ssrc });
    });
    questions.removeRing(all, ring);
    expect(all.chainSsrcs.size).toBe(0);
  });

  test('room is taken four questions at a time, and given back', () => {
    const all = questions.newQuestions();
    for (let turn = 0; turn < 1000; turn += 1) {
      const ring = questions.newRing(all, turn);
      for (let index = 0; index < turn % 40; index += 1) questions.ask(all, ring, index, ntpAt(index));
      questions.removeRing(all, ring);
    }
    expect(all.quarters.words.byteLength).toBeLessThan(4096);
    expect(all.rings.words.byteLength).toBeLessThan(4096);
  });
});
