import { type Refuse, textValue } from './text-value.ts';

const PERCENT = /^(\d+(?:\.\d+)?) ?%$/;

function readPercent(text: string, refuse: Refuse): number {
  const percent = Number(PERCENT.exec(text)?.[1] ?? Number.NaN);
  if (Number.isNaN(percent)) return refuse('is not a percentage', 'write a number with its sign: 1%, 0.5%');
  if (percent <= 0 || percent > 100) return refuse('must be more than 0% and at most 100%', 'write one like 10%');
  return percent / 100;
}

/** Schema of a share: `10%` in the file, 0.1 in the program. */
export function percent() {
  // Nine digits: 0.07 × 100 is not 7.
  return textValue({ read: readPercent, write: (ratio) => `${Number((ratio * 100).toPrecision(9))}%` });
}
