/** What somebody typed to find calls: an id, or the name of a room, a time of day and a day, in any order. */
export type SearchTerms = {
  readonly identifier?: string;
  readonly text?: string;
  /** Minutes since midnight. */
  readonly minute?: number;
  /** `2026-02-03`, or so many days back. */
  readonly date?: string;
  readonly daysBack?: number;
};

const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const TIME = /^(?:at)?(\d{1,2})[:.](\d{2})(am|pm)?$/i;
const HOUR = /^(\d{1,2})(am|pm|h)$/i;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DAYS_BACK: Readonly<Record<string, number>> = { today: 0, yesterday: 1 };
/** Words that people put between and that name nothing. */
const FILLING = new Set(['at', 'on', 'the', 'in']);

/** Whether a single word is more likely an id than a name: SIP Call-IDs and ids of gateways have such signs. */
const looksLikeId = (word: string): boolean =>
  GUID.test(word) || /@|^sips?:|^h323:/.test(word) || /^\d{6,}$/.test(word);

/** Reads "boardroom 10:00", "10:00 yesterday", "2026-02-03 Room 7", or an id. */
export function searchTerms(typed: string): SearchTerms {
  const words = typed
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '');
  const [only] = words;
  if (only !== undefined && words.length === 1 && looksLikeId(only)) return { identifier: only };
  const terms: { -readonly [K in keyof SearchTerms]: SearchTerms[K] } = {};
  const names: string[] = [];
  for (const word of words) {
    const minute = minuteOf(word);
    const back = DAYS_BACK[word.toLowerCase()];
    if (minute !== undefined && terms.minute === undefined) terms.minute = minute;
    else if (DATE.test(word)) terms.date = word;
    else if (back !== undefined) terms.daysBack = back;
    else names.push(word);
  }
  const rest = names.length === words.length ? names : names.filter((word) => !FILLING.has(word.toLowerCase()));
  return rest.length === 0 ? terms : { ...terms, text: rest.join(' ') };
}

function minuteOf(word: string): number | undefined {
  const [, hours, minutes, half] = TIME.exec(word) ?? HOUR.exec(word)?.toSpliced(2, 0, '0') ?? [];
  if (hours === undefined) return undefined;
  const afternoon = half?.toLowerCase() === 'pm';
  const hour =
    half === undefined || half.toLowerCase() === 'h' ? Number(hours) : (Number(hours) % 12) + (afternoon ? 12 : 0);
  const minute = hour * 60 + Number(minutes ?? 0);
  return hour < 24 && Number(minutes ?? 0) < 60 ? minute : undefined;
}
