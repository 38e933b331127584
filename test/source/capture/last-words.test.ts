import { expect, test } from 'vitest';
import { LastWords } from '../../../src/source/capture/last-words.ts';

const wordsOf = (...texts: readonly string[]): string => {
  const words = new LastWords();
  for (const text of texts) words.hear(text);
  return words.text;
};

const COUNTS = 'tcpdump: 12 packets captured, 14 packets received by filter, 0 packets dropped by kernel\n';
const LISTENS = 'tcpdump: listening on lo, link-type EN10MB (Ethernet), snapshot length 256 bytes\n';

test('an hour of statistics is no word of why it ended', () => {
  const words = new LastWords();
  words.hear(LISTENS);
  for (let second = 0; second < 3600; second += 1) words.hear(COUNTS);
  expect(words.text).toBe('');
  words.hear(COUNTS.slice(0, 30));
  expect(words.text).toBe('');
});

test.each([
  ['at its end', '1 packet captured\n2 packets received by filter\n0 packets dropped by kernel\n'],
  ['of dumpcap', "Capturing on 'Loopback: lo'\nFile: -\n"],
  ['without its name', 'listening on lo, link-type EN10MB (Ethernet), snapshot length 256 bytes\n'],
  ['of the data link', 'tcpdump: data link type LINUX_SLL2\n'],
])('nor are its counts and greetings %s', (_, text) => {
  expect(wordsOf(text)).toBe('');
});

test('what it says among them is kept, in whole lines', () => {
  const said = 'tcpdump: pcap_loop: The interface disappeared';
  expect(wordsOf(LISTENS, COUNTS, said.slice(0, 20), `${said.slice(20)}\n`, COUNTS.repeat(20))).toBe(said);
  expect(wordsOf(COUNTS, said)).toBe(said);
  expect(wordsOf('tcpdump: lo: not allowed\n(socket: Operation not permitted)\n')).toBe(
    'tcpdump: lo: not allowed\n(socket: Operation not permitted)',
  );
});

test('the latest lines are kept, of a bounded length', () => {
  const lines = Array.from({ length: 100 }, (_, index) => `trouble number ${index}`);
  const kept = wordsOf(`${lines.join('\n')}\n`).split('\n');
  expect(kept.at(-1)).toBe('trouble number 99');
  expect(kept.every((line) => lines.includes(line))).toBe(true);
  expect(kept.join('\n').length).toBeLessThanOrEqual(600);
  expect(wordsOf('x'.repeat(10_000)).length).toBeLessThanOrEqual(600);
});
