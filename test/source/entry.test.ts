import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { entry } from '../../src/source/entry.ts';

test.each([
  ['a clone', 'file:///srv/otherleg/src/source/webrtc/child.ts', 'file:///srv/otherleg/src/source/webrtc/peer.ts'],
  [
    'the package',
    'file:///opt/otherleg/dist/source/webrtc/child.js',
    'file:///opt/otherleg/dist/source/webrtc/peer.js',
  ],
  ['a path with dots and spaces', 'file:///a.b/c%20d/child.ts', 'file:///a.b/c%20d/peer.ts'],
  ['a module loaded with a query', 'file:///a/child.ts?t=1', 'file:///a/peer.ts'],
])('in %s it is the file beside the caller, with its suffix', (_, caller, expected) => {
  expect(entry(caller, 'peer').href).toBe(expected);
});

test('is there for the WebRTC child', () => {
  const child = new URL('../../src/source/webrtc/child.ts', import.meta.url).href;
  expect(existsSync(entry(child, 'peer'))).toBe(true);
});
