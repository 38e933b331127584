import { describe, expect, it } from 'vitest';
import { patienceWith } from '../../src/leg/patience.ts';
import type { Channel, Leg } from '../../src/model/leg.ts';
import { legOf } from '../store/leg-of.ts';

const bounds = { idleSeconds: 7200, uncontrolledIdleSeconds: 300 };
const imports = { onAwaited: () => undefined };
const alone: Partial<Leg> = { wire: { alone: true } };
const held: Channel = {
  ...{ media: 'audio', channelIndex: 1, told: 'sdp' },
  spells: [
    { from: 0, to: 60, direction: 'sendrecv' },
    { from: 60, direction: 'recvonly', held: true },
  ],
};
const webex: Partial<Leg> = {
  device: { name: 'Desk', description: '', webex: true },
  control: { webex: { meetingId: '1', email: 'a@example.com' } },
};

describe('the silence of a leg', () => {
  it.each<[string, Partial<Leg>, boolean, object, number]>([
    ['that is controlled is borne long', {}, true, {}, 7200],
    ['that is controlled is borne long, media or none', {}, false, {}, 7200],
    ['that nobody controls is borne shortly', alone, true, {}, 300],
    ['that nobody controls and that never had media is hardly borne', alone, false, {}, 30],
    ['that nobody controls is borne long while it is on hold', { ...alone, channels: [held] }, true, {}, 7200],
    ['is never borne longer for want of media', alone, false, { uncontrolledIdleSeconds: 10 }, 10],
    ['that Webex measures is borne for a day', webex, false, { imports }, 86_400],
    ['that Webex measures is none where nobody asks Webex', webex, false, {}, 7200],
  ])('%s', (_, more, hasMedia, change, seconds) => {
    expect(patienceWith({ leg: legOf('a', more), hasMedia }, { ...bounds, ...change })).toBe(seconds);
  });
});
