import { expect, test } from 'vitest';
import { ControlPaths } from '../../../src/source/capture/control-paths.ts';
import { LiveLeg } from '../../../src/source/capture/live-leg.ts';
import { BEGIN } from '../../meter/wire.ts';

const rtcp = { address: '10.0.0.1', port: 7001 };
const legOn = (mediaLegId: string, port: number) =>
  new LiveLeg({
    mediaLegId,
    startedAt: BEGIN,
    channels: [],
    control: {
      channels: [{ media: 'audio', channelIndex: 1, local: { address: '10.0.0.1', port }, rtcp: { local: rtcp } }],
    },
  });

test('a socket for RTCP that the next leg has told too stays told when the first leg is over', () => {
  const paths = new ControlPaths(() => undefined);
  const [first, next] = [legOn('a', 6000), legOn('b', 6100)];
  const media = () =>
    paths.mediaPathOf({ source: { address: '10.1.0.1', port: 5005 }, destination: rtcp })?.destination.port;
  paths.add(first);
  expect(media()).toBe(6000);
  paths.add(next);
  expect(media()).toBe(6100);
  paths.delete(first);
  expect(media()).toBe(6100);
  paths.delete(next);
  expect(media()).toBeUndefined();
});

test('and that of the one that stays when the other is over', () => {
  const paths = new ControlPaths(() => undefined);
  const [first, next] = [legOn('a', 6000), legOn('b', 6100)];
  paths.add(first);
  paths.add(next);
  paths.delete(next);
  expect(paths.mediaPathOf({ source: rtcp, destination: { address: '10.1.0.1', port: 5005 } })?.source.port).toBe(6000);
});
