import { type Refuse, textValue } from './text-value.ts';

const UNITS = { GiB: 1024 ** 3, MiB: 1024 ** 2, KiB: 1024 } as const;
const FORM = /^(\d+)(GiB|MiB|KiB)$/;

const octetsOf = (text: string): number | undefined => {
  const [, amount, unit] = FORM.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * UNITS[unit as keyof typeof UNITS]; // FORM lets only these through
};

/** The text of an amount of memory: 67108864 → `64MiB`. */
export function formatOctets(octets: number): string {
  for (const [unit, size] of Object.entries(UNITS)) if (octets % size === 0) return `${octets / size}${unit}`;
  return `${Math.ceil(octets / UNITS.KiB)}KiB`;
}

/** Schema of an amount of memory: text with a unit in the file (`64MiB`), octets in the program. */
export function octets(limits: { readonly least: string; readonly most: string }) {
  const { least, most } = limits;
  const read = (text: string, refuse: Refuse): number => {
    const value = octetsOf(text);
    if (value === undefined)
      return refuse('is not an amount of memory', 'write a number with its unit: 512KiB, 64MiB or 1GiB');
    if (value < (octetsOf(least) ?? 0)) return refuse(`must be at least ${least}`, `use ${least} or more`);
    if (value > (octetsOf(most) ?? Number.POSITIVE_INFINITY))
      return refuse(`must be at most ${most}`, `use ${most} or less`);
    return value;
  };
  return textValue({ read, write: formatOctets });
}
