import { expect, test } from 'vitest';
import type { SipCall } from '../../../src/session/sip-call.ts';
import { PastCalls } from '../../../src/source/capture/past-calls.ts';

const callOf = (callId: string, caller: string, callee: string, joined = false): SipCall => ({
  callId,
  parties: {
    caller: { uri: 'sip:a@example.com', tag: caller, endpoint: { address: '10.1.0.5', port: 5060 } },
    callee: { uri: 'sip:b@example.com', tag: callee, endpoint: { address: '10.0.0.1', port: 5060 } },
  },
  startedAt: 0,
  joined,
  agreements: [],
});

test('a past call is known by its Call-ID and tags; what is joined of it by the tag of either end', () => {
  const past = new PastCalls();
  past.add(callOf('one', 'f', 't'));
  expect(
    [
      callOf('one', 'f', 't'),
      callOf('one', 'f', 'u'),
      callOf('two', 'f', 't'),
      callOf('one', 'f', '', true),
      callOf('one', 't', '', true),
      callOf('one', 'x', '', true),
    ].map((call) => past.has(call)),
  ).toEqual([true, false, false, true, true, false]);
  expect([past.hasDialog('one', 't'), past.hasDialog('one', undefined), past.hasDialog('two', 'f')]).toEqual([
    true,
    false,
    false,
  ]);
  expect([...past.addresses()]).toEqual([['10.1.0.5', '10.0.0.1']]);
});

test('the first goes when there are too many', () => {
  const past = new PastCalls();
  for (let index = 0; index <= 5000; index += 1) past.add(callOf(`call ${index}`, 'f', 't'));
  expect([0, 1, 5000].map((index) => past.hasDialog(`call ${index}`, 't'))).toEqual([false, true, true]);
  expect([...past.addresses()]).toHaveLength(5000);
});
