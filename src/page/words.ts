import type { AttemptAnswer, LevelAnswer, PlotName, SpanAnswer } from '../client/read-shapes.ts';
import type { ChannelId, Direction, Media } from '../model/channel.ts';
import type { DeliveryStateName } from '../model/delivery.ts';
import type { Absence } from '../model/figures.ts';
import type { Journey, Level } from '../model/verdict.ts';

export const mediaName: Readonly<Record<Media, string>> = {
  audio: 'Audio',
  video: 'Video',
  screenSharing: 'Screen',
};

export const mediaOrder: readonly Media[] = ['audio', 'video', 'screenSharing'];
export const journeys: readonly Journey[] = ['fromRoom', 'toRoom'];

/** Inbound is what the device sends. */
export const directionOf: Readonly<Record<Journey, Direction>> = { fromRoom: 'inbound', toRoom: 'outbound' };

export const journeyName: Readonly<Record<Journey, string>> = { fromRoom: 'From the room', toRoom: 'To the room' };

/** "Video 2"; the number only where there are several. */
export const channelName = ({ media, channelIndex }: ChannelId, several: boolean): string =>
  several ? `${mediaName[media]} ${channelIndex}` : mediaName[media];

export const levelWord: Readonly<Record<Level, string>> = {
  poor: 'poor',
  fair: 'fair',
  good: 'good',
  unmeasured: 'not measured',
};

/** Told apart without colour, too. */
export const levelSign: Readonly<Record<Level, string>> = { poor: '✕', fair: '!', good: '✓', unmeasured: '–' };

/** Why a figure is absent, as people say it. */
export const absenceWord: Readonly<Record<Absence, string>> = {
  encrypted: 'encrypted: its reports cannot be read here',
  'no-reports': 'the other end sent no reports',
  'no-sender-report': 'no sender reports to measure it by',
  'clock-unknown': 'its clock rate is not known',
  'not-expected': 'nothing was expected',
  silent: 'nothing came',
  tainted: 'seen too little to say',
  'source-down': 'nothing was measuring',
};

/** A reason that is newer than this page is shown as it came. */
export const absenceText = (reason: string): string => (absenceWord as Record<string, string>)[reason] ?? reason;

export const plotTitle: Readonly<Record<PlotName, string>> = {
  loss: 'Loss',
  jitter: 'Jitter',
  roundTrip: 'Round trip',
  bitRate: 'Bit rate',
  frameRate: 'Frame rate',
};

export const plotUnit: Readonly<Record<PlotName, string>> = {
  loss: '%',
  jitter: 'ms',
  roundTrip: 'ms',
  bitRate: 'kbit/s',
  frameRate: 'frames/s',
};

export const plotNames: readonly PlotName[] = ['loss', 'jitter', 'roundTrip', 'bitRate', 'frameRate'];

export const spanWord: Readonly<Record<SpanAnswer['kind'], string>> = {
  off: 'off: the channel was not enabled',
  held: 'on hold or muted: nothing was to come this way',
  silent: 'silence: media was expected, none came',
  tainted: 'not measured: the capture missed packets',
  unobserved: 'not measured: nothing was looking',
  restart: 'restart: a new stream went on',
};

const taintWord: Readonly<Record<string, string>> = {
  'capture-dropped': 'not measured: the capture missed packets',
  'capture-restarted': 'not measured: the capture was restarted',
  'agent-down': 'not measured: the agent was down',
  'clock-step': 'not measured: the clock was set',
};

/** What a shaded stretch is. */
export const spanText = ({ kind, reason }: Pick<SpanAnswer, 'kind' | 'reason'>): string =>
  (reason === undefined ? undefined : taintWord[reason]) ?? spanWord[kind];

export const deliveryWord: Readonly<Record<DeliveryStateName, string>> = {
  none: 'no report',
  waiting: 'waits for the identifiers of the call',
  queued: 'on its way',
  delivered: 'accepted by Graph',
  refused: 'refused by Graph',
  expired: 'given up: Graph did not take it in time',
  dropped: 'given up',
};

export const deliveryReason: Readonly<Record<string, string>> = {
  'nothing-measured': 'nothing was measured',
  discarded: 'the gateway asked for none',
  'no-meeting': 'the call never had a meeting',
  'by-operator': 'by an operator',
};

export const attemptWord: Readonly<Record<AttemptAnswer['kind'], string>> = {
  accepted: 'accepted',
  refused: 'refused',
  keep: 'will be tried again',
  expired: 'given up',
};

export const levelOf = (
  levels: readonly LevelAnswer[] | undefined,
  media: Media,
  journey: Journey,
): Level | undefined => levels?.find((cell) => cell.media === media && cell.journey === journey)?.level;
