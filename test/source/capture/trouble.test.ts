import { expect, test } from 'vitest';
import { type TroubleKind, troubleOf } from '../../../src/source/capture/trouble.ts';

const SAID: readonly (readonly [TroubleKind, string])[] = [
  [
    'no-right',
    "tcpdump: lo: You don't have permission to perform this capture on that device\n(socket: Operation not permitted)",
  ],
  ['no-right', 'dumpcap: You do not have permission to capture on device "lo".\n(socket: Operation not permitted)'],
  ['no-right', 'tcpdump: eth0: socket: Address family not supported by protocol'],
  ['no-interface', 'tcpdump: nope: No such device exists\n(No such device exists)'],
  ['no-interface', 'dumpcap: There is no device named "nope".'],
  ['no-interface', 'tcpdump: pcap_loop: The interface disappeared'],
  ['interface-down', 'tcpdump: cv0: That device is not up'],
  ['no-memory', "tcpdump: eth0: can't create rx ring on packet socket: Cannot allocate memory"],
  ['bad-filter', "tcpdump: can't parse filter expression: syntax error"],
  ['bad-filter', 'tcpdump: expression rejects all packets'],
  ['no-tags', 'tcpdump: no VLAN support for Raw IP'],
  ['no-tool', 'setpriv: failed to execute /usr/bin/tcpdump: No such file or directory'],
  ['ended', 'tcpdump: something else'],
];

test.each(SAID)('%s: %s', (kind, words) => {
  const trouble = troubleOf(words, 'tcpdump', 'lo', 'exit code 1');
  expect(trouble.kind).toBe(kind);
  expect(trouble.reason).toContain(words.split('\n')[0]);
  expect(trouble.reason).not.toContain('\n');
  expect(trouble.remedy).not.toBe('');
});

test('what ended without a word', () => {
  expect(troubleOf('', 'tcpdump', 'lo', 'SIGKILL').reason).toBe('tcpdump on lo ended: SIGKILL');
});
