import { textValue } from './text-value.ts';

const PREFIXES = { G: 1e9, M: 1e6, k: 1e3, '': 1 } as const;
const FORM = /^(\d+(?:\.\d+)?) ?([GMk]?)bit\/s$/;

/** Schema of a link speed: `100Mbit/s` in the file, octets per second in the program (Graph wants bytes). */
export const linkSpeed = textValue<number>({
  read: (text, refuse) => {
    const match = FORM.exec(text);
    if (match === null) return refuse('is not a link speed', 'write bits per second: 512kbit/s, 100Mbit/s or 1Gbit/s');
    const prefix = match[2] as keyof typeof PREFIXES; // FORM lets only these through
    const octets = Math.round((Number(match[1]) * PREFIXES[prefix]) / 8);
    return octets > 0 ? octets : refuse('must be more than zero', 'leave linkSpeed out where it is not known');
  },
  write: (octets) => {
    const bits = octets * 8;
    const [prefix, size] = Object.entries(PREFIXES).find(([, each]) => bits % each === 0) ?? ['', 1];
    return `${bits / size}${prefix}bit/s`;
  },
});
