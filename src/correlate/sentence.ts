import type { Grade, Verdict } from '../model/verdict.ts';
import type { RecordState, VerdictInput } from './verdict-input.ts';
import { complaint, timeOfDay } from './wording.ts';

/** One sentence that a support desk understands: which leg, which direction, which media, when it was worst. */
export function sentenceOf(input: VerdictInput, leg: Verdict['leg'], deciding: Grade | undefined): string {
  if (deciding !== undefined) return `${BAD[leg](input)} ${complaint(deciding)}${worstAt(deciding, input)}.`;
  return leg === 'none' ? noneBad(input) : unknown(input);
}

type Opening = (input: VerdictInput) => string;

const levelWord = ({ vtc, teams }: VerdictInput, whose: 'vtc' | 'teams'): string =>
  (whose === 'vtc' ? vtc : teams)?.level === 'poor' ? 'bad' : 'not quite good';

const roomOf = ({ room }: VerdictInput): string => room ?? 'the room';

const BAD: Readonly<Record<Verdict['leg'], Opening>> = {
  vtc: (input) => `The leg between ${roomOf(input)} and the gateway was ${levelWord(input, 'vtc')}:`,
  teams: (input) => `The leg between the gateway and Teams was ${levelWord(input, 'teams')}:`,
  both: (input) => `Both legs were ${levelWord(input, 'vtc')}; at worst`,
  none: () => 'At worst',
  unknown: () => 'At worst',
};

const worstAt = ({ at }: Grade, { timeZone }: VerdictInput): string =>
  at === undefined ? '' : `, worst at ${timeOfDay(at, timeZone)}`;

function noneBad({ vtc, worstOther }: VerdictInput): string {
  // Of the Teams leg a medium may be told that nobody used; of ours those are left out already.
  const isWhole = vtc.cells.every(({ level }) => level !== 'unmeasured');
  const opening = `Both legs of the room were good${isWhole ? '' : ' as far as they were measured'}: look at the other participants`;
  if (worstOther === undefined) return `${opening}.`;
  return `${opening}, first at ${worstOther.name} (${worseThere(worstOther.grade)}).`;
}

/** What is said of another participant has nothing to do with the room. */
const worseThere = (grade: Grade): string =>
  complaint(grade).replace('from the room', 'they sent').replace('to the room', 'they received');

function unknown({ vtc, teams, record, ...input }: VerdictInput): string {
  const room = input.room ?? 'the room';
  if (teams?.level === 'good')
    return `The leg between the gateway and Teams was good; that between ${room} and the gateway was measured too little to say.`;
  if (vtc.level !== 'unmeasured') return `The leg between ${room} and the gateway was good; ${TEAMS[record]}.`;
  return `The leg between ${room} and the gateway was measured too little to say; ${TEAMS[record]}.`;
}

const TEAMS: Readonly<Record<RecordState, string>> = {
  off: 'the Teams leg is not read here',
  waiting: 'the Teams leg is not known yet',
  read: 'the Teams leg was measured too little or not found in the record',
  missing: 'Graph has no record of the call',
  unreadable: 'the Teams leg is not readable for this customer',
};
