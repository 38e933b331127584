import type { CallRecord, CallStream } from '../../src/model/call-record.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import type { Store } from '../../src/store/store.ts';
import { guidOf } from '../store/leg-of.ts';
import { storeLeg, type Told } from './stored-leg.ts';

/** A boardroom's call with everything that a plot has to show: loss, hold, silence, capture loss, a gap, a restart. */
export const troubledLeg = (startedAt: number): Told => ({
  name: 'troubled',
  startedAt,
  seconds: 2400,
  channels: ['audio/1', 'video/1', 'screenSharing/1'],
  troubles: [
    { channel: 'video/1', direction: 'inbound', from: 600, to: 840, loss: 0.14 },
    { channel: 'audio/1', direction: 'inbound', from: 600, to: 840, loss: 0.11 },
    { channel: 'audio/1', direction: 'outbound', from: 1500, to: 1590, kind: 'silent' },
    { channel: 'video/1', direction: 'inbound', from: 1700, to: 1800, kind: 'tainted' },
    { channel: 'video/1', direction: 'outbound', from: 1900, to: 2000, kind: 'gap' },
    { channel: 'audio/1', direction: 'inbound', from: 2100, to: 2200, roundTrip: 0.34 },
  ],
  spells: {
    'video/1': [
      { from: 0, to: 1200, direction: 'sendrecv' },
      { from: 1200, to: 1320, direction: 'recvonly' },
      { from: 1320, direction: 'sendrecv' },
    ],
    'screenSharing/1': [{ from: 300, to: 1100, direction: 'sendrecv' }],
  },
  restart: { channel: 'video/1', at: 1320 },
  leg: { severity: 1.4, verdict: badVideo(startedAt + 700) },
  record: goodTeamsLeg(startedAt),
});

/** Graph's record of it: the bot's session was good, that of another participant was not. */
function goodTeamsLeg(startedAt: number): CallRecord {
  const bot = {
    kind: 'service',
    role: 'customBot',
    applicationIds: [],
    identities: [guidOf('troubled participant')],
  } as const;
  const guest = {
    kind: 'participant',
    platform: 'windows',
    applicationIds: [],
    identities: [],
    displayName: 'Guest',
  } as const;
  const service = { kind: 'service', role: 'mediaController', applicationIds: [], identities: [] } as const;
  const stream = (media: 'audio' | 'video', direction: CallStream['direction'], averageLoss: number): CallStream => ({
    label: `main-${media}`,
    media,
    direction,
    packets: 100_000,
    averageLoss,
    maximumLoss: averageLoss * 3,
    averageJitter: 0.004,
    averageRoundTrip: 0.03,
    ...(media === 'video' ? { averageFrameRate: 24.5 } : {}),
  });
  const times = { startedAt, endedAt: startedAt + 2400, modalities: ['audio', 'video'] };
  const both = (sent: number, received: number): readonly CallStream[] =>
    (['audio', 'video'] as const).flatMap((media) => [
      stream(media, 'callerToCallee', sent),
      stream(media, 'calleeToCaller', received),
    ]);
  return {
    id: guidOf('troubled call'),
    version: 2,
    startedAt,
    endedAt: startedAt + 2400,
    sessions: [
      { id: 'bot', ...times, caller: bot, callee: service, streams: both(0.0031, 0.0042) },
      { id: 'guest', ...times, caller: guest, callee: service, streams: both(0.02, 0.001) },
    ],
  };
}

function badVideo(at: number): Verdict {
  return {
    state: 'provisional',
    leg: 'vtc',
    media: 'video',
    direction: 'fromRoom',
    at,
    severity: 1.4,
    confidence: 'medium',
    sentence:
      'The leg between Boardroom and the gateway was bad: 14 % of the video from the room was lost, worst at 10:11.',
    reasons: [
      'All media lose packets at once: look at the network path between the room and the gateway (link, Wi-Fi, VPN, firewall).',
      'The Teams leg is not known yet.',
    ],
  };
}

/** A day of a room that never hangs up. */
export const dayLeg = (startedAt: number): Told => ({
  name: 'day',
  startedAt,
  seconds: 86_400,
  channels: ['audio/1', 'video/1', 'video/2', 'video/3', 'screenSharing/1'],
  troubles: [
    { channel: 'video/1', direction: 'inbound', from: 30_000, to: 30_020, loss: 0.4 },
    { channel: 'audio/1', direction: 'outbound', from: 50_000, to: 53_000, kind: 'gap' },
  ],
  leg: {
    severity: 0.4,
    device: { name: 'Poly G7500', description: 'Lobby', room: 'Atrium', timeZone: 'America/New_York' },
  },
});

/** Some calls a day of the boardroom and another room for a month, without a series. */
export async function storeMonth(store: Store, now: number): Promise<void> {
  for (let day = 1; day <= 29; day += 1) {
    for (let call = 0; call < (day % 7 < 5 ? 4 : 1); call += 1) {
      const room = call % 2 === 0 ? 'Boardroom' : 'Huddle 7';
      const severity = day % 3 === 0 && call === 0 ? 1 + day / 10 : 0.02 * ((day * 7 + call) % 12);
      const startedAt = now - day * 86_400 + call * 3600;
      const device = { name: 'Cisco SX80', description: 'Bldg 30/21', room, timeZone: 'Europe/Berlin' };
      await storeLeg(store, {
        name: `${day}/${call}`,
        startedAt,
        seconds: 1200,
        channels: [],
        leg: { severity, device },
      });
    }
  }
}
