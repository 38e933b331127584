import { afterEach, expect, test } from 'vitest';
import { Child } from '../../../src/source/webrtc/child.ts';
import { peerProcesses, until } from './rig.ts';

const children: Child[] = [];

afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.end()));
});

function start(): Child {
  const child = new Child();
  children.push(child);
  return child;
}

test('answers calls made before it is up, each with its own answer', async () => {
  const child = start();
  const calls = [
    child.call('sample', null, 10),
    child.call('close', { session: 'none' }, 10),
    child.call('sample', null, 10),
  ];
  expect(await Promise.all(calls)).toEqual([[], null, []]);
});

test('ends by its own exit, without the crash of a natural end', async () => {
  const child = start();
  await child.call('sample', null, 10);
  await child.end(30);
  expect(await child.ended).toBe('exit code 0');
  expect(peerProcesses()).toEqual([]);
});

test('rejects with what the call failed with', async () => {
  const refused = { code: 'SDP_INVALID', hint: expect.stringContaining('RFC 9725') };
  await expect(start().call('offer', { session: 's', sdp: 'v=0' }, 10)).rejects.toMatchObject(refused);
});

test('rejects when the deadline passes, and a late answer changes nothing', async () => {
  const child = start();
  await child.call('sample', null, 10);
  const [peer = 0] = peerProcesses();
  process.kill(peer, 'SIGSTOP');
  const late = { code: 'WHIP_FAILED', message: expect.stringContaining('did not answer within 0.1 s') };
  await expect(child.call('sample', null, 0.1)).rejects.toMatchObject(late);
  process.kill(peer, 'SIGCONT');
  expect(await child.call('sample', null, 10)).toEqual([]);
});

test('rejects calls under way and later ones when it is killed', async () => {
  const child = start();
  await child.call('sample', null, 10);
  process.kill(peerProcesses()[0] ?? 0, 'SIGSTOP');
  const underWay = expect(child.call('sample', null, 10)).rejects.toMatchObject({
    code: 'WHIP_FAILED',
    message: expect.stringContaining('ended: SIGKILL'),
    hint: expect.stringContaining('offer again'),
  });
  child.kill();
  await underWay;
  expect(await child.ended).toBe('SIGKILL');
  await expect(child.call('sample', null, 10)).rejects.toMatchObject({ code: 'WHIP_FAILED' });
  await until(() => peerProcesses().length === 0);
});
