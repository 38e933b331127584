import type { Grade, GradedLeg, Verdict } from '../model/verdict.ts';
import type { VerdictInput } from './verdict-input.ts';

/** What to do about it, the most telling first. Empty where nothing was bad. */
export function nextSteps(input: VerdictInput, leg: Verdict['leg'], deciding: Grade | undefined): readonly string[] {
  if (deciding === undefined) return [];
  const graded = leg === 'teams' || input.teams?.grades.includes(deciding) === true ? input.teams : input.vtc;
  const between = graded === input.vtc ? 'the room and the gateway' : 'the gateway and Teams';
  const step = deciding.measure === 'loss' || deciding.measure === 'lossMaximum' ? lossStep : STEPS[deciding.measure];
  return [
    step({ deciding, between, graded, input }),
    ...(deciding.isReported === true
      ? ['Only the device reports it: compare with another device on the same network.']
      : []),
  ];
}

type Case = {
  readonly deciding: Grade;
  readonly between: string;
  readonly graded: GradedLeg | undefined;
  readonly input: VerdictInput;
};

/** Loss in all media at once is the path's; of video alone, and more of it the more is sent, the bandwidth's. */
function lossStep({ deciding, between, graded, input }: Case): string {
  const same = graded?.grades.filter(
    ({ measure, journey }) => measure === deciding.measure && journey === deciding.journey,
  );
  const bad = new Set(same?.filter(({ level }) => level !== 'good').map(({ media }) => media));
  const all = new Set(same?.map(({ media }) => media));
  if (all.size > 1 && bad.size === all.size)
    return `All media lose packets at once: look at the network path between ${between} (link, Wi-Fi, VPN, firewall).`;
  if (bad.size === 1 && bad.has('video') && input.growsWithBitRate === true && graded === input.vtc)
    return `Only video loses packets, and the more the higher its bit rate: the bandwidth between ${between} is too small; lower the call rate or give media priority.`;
  if (bad.size === 1 && all.size > 1)
    return `Only one medium loses packets: look at priorities (DSCP) and policers between ${between}.`;
  return `Look at the network path between ${between} (link, Wi-Fi, VPN, firewall).`;
}

const STEPS: Readonly<Record<Exclude<Grade['measure'], 'loss' | 'lossMaximum'>, (about: Case) => string>> = {
  roundTrip: ({ between }) => `The way between ${between} is long or congested: look at routing, VPN and media region.`,
  jitter: ({ between }) => `Packets queue between ${between}: look at Wi-Fi, priorities (DSCP) and full links.`,
  frameRate: () => 'Few pictures without loss come from the sender: look at camera, light and load of the device.',
  silence: ({ deciding, between }) =>
    deciding.journey === 'toRoom'
      ? 'The gateway sent the room nothing: look at the gateway and at what Teams sent it.'
      : `Media was expected and nothing came: look at mute, camera and firewall (one-way media) between ${between}.`,
};
