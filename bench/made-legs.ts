import type { Channel, Leg } from '../src/model/leg.ts';
import type { Verdict } from '../src/model/verdict.ts';
import { endedOf, guidOf, legOf } from '../test/store/leg-of.ts';

/** How legs are spread: over so many days, in so many rooms. */
const DAYS = 30;
const ROOMS = 500;
/** One call in ten has three legs. */
const BLOCK = 12;

/** The room of the n-th leg, some of them board rooms. */
export const roomOf = (n: number): string => {
  const room = (n * 7919) % ROOMS;
  return room % 25 === 0 ? `Boardroom ${room / 25}` : `Room ${room}`;
};

/** The call of the n-th leg: of twelve legs the last three are in one. */
export const callOf = (n: number): string => guidOf(`call ${n % BLOCK < BLOCK - 3 ? n : n - (n % BLOCK)}`);

/** The n-th of `count` ended legs, the last of which began at `until`, epoch seconds: five channels, a verdict, its ids. */
export function madeLeg(n: number, count: number, until: number): Leg {
  const startedAt = until - ((count - n) / count) * DAYS * 86_400;
  const length = 600 + ((n * 613) % 5400);
  const severity = severityOf(n);
  const name = `made ${n}`;
  const leg = legOf(name, {
    startedAt,
    control: {
      callChainId: callOf(n),
      participantId: guidOf(`${name} participant`),
      gateway: `gateway-${n % 6}`,
      aliases: [`${guidOf(`${name} alias`)}@gateway-${n % 6}`],
    },
    device: { name: `Room device ${n % 40}`, description: 'Bldg 30/21', configured: roomOf(n), room: roomOf(n) },
    channels: channelsOf(startedAt),
  });
  return endedOf(leg, {
    endedAt: startedAt + length,
    ...(severity !== undefined && { severity, verdict: verdictOf(severity, startedAt) }),
  });
}

/** One in twenty was never measured; of the others most are fine, and many alike. */
function severityOf(n: number): number | undefined {
  const drawn = (n * 2_654_435_761) % 1000;
  if (drawn < 50) return undefined;
  return drawn < 350 ? 0.1 : Math.round(4 * (drawn / 1000) ** 4 * 1000) / 1000;
}

const channelsOf = (startedAt: number): readonly Channel[] =>
  (['audio', 'video', 'video', 'video', 'screenSharing'] as const).map((media, at) => ({
    media,
    channelIndex: media === 'video' ? at : 1,
    told: 'control',
    mid: `${at}`,
    ssrcs: [1_000_000 + at, 2_000_000 + at],
    local: { address: '10.9.0.5', port: 40_000 + 2 * at },
    remote: { address: '10.1.7.33', port: 2326 + 2 * at },
    spells: [{ from: startedAt, direction: 'sendrecv' }],
  }));

const verdictOf = (severity: number, at: number): Verdict =>
  severity < 1
    ? { state: 'final', leg: 'none', confidence: 'high', severity, sentence: 'Neither leg was bad.', reasons: [] }
    : {
        ...{ state: 'final', leg: 'vtc', media: 'video', direction: 'toRoom', at, severity, confidence: 'high' },
        sentence: 'The leg between the gateway and the room was bad: video to the room lost 6 % of its packets.',
        reasons: ['Audio lost as much in the same minute: look at the path, not at the bandwidth.'],
      };
