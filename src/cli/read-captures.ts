import { MergedCaptures } from '../meter/merged-captures.ts';
import type { Meter } from '../meter/meter.ts';
import { OtherlegError } from '../model/error.ts';
import type { CaptureInput } from './capture-input.ts';

/** A file that could not be read to its end: which and why. */
export type Damage = { readonly name: string; readonly reason: string };

/**
 * Feeds a meter with all files, merged by time; `step` is called after each piece. Answers what was damaged behind whole
 * records. Throws CAPTURE_UNREADABLE where no file has a single record and not all are whole.
 */
export async function readCaptures(
  inputs: readonly CaptureInput[],
  meter: Meter,
  step: () => void,
): Promise<readonly Damage[]> {
  const merged = new MergedCaptures(meter, inputs.length);
  const broken = new Map<number, string>();
  for (let index = merged.wants; index !== undefined; index = merged.wants) {
    const chunk = await nextChunk(inputs[index], (reason) => broken.set(Number(index), reason));
    if (chunk === undefined) merged.end(index);
    else merged.push(index, chunk);
    step();
  }
  const damages = inputs.flatMap(({ name }, index) => {
    const reason = damageOf(merged, index, broken.get(index));
    return reason === undefined ? [] : [{ name, reason }];
  });
  const records = inputs.reduce((sum, _, index) => sum + (merged.counters(index)?.records ?? 0), 0);
  if (records === 0 && damages.length > 0) throw unreadable(damages);
  return damages;
}

/** The next piece; undefined at the end, and where the decompressor found damage. */
async function nextChunk(input: CaptureInput | undefined, damaged: (reason: string) => void) {
  try {
    const next = await input?.octets.next();
    return next === undefined || next.done === true ? undefined : next.value;
  } catch (error) {
    if (error instanceof OtherlegError) throw error;
    damaged(`its compression is damaged (${error instanceof Error ? error.message : String(error)})`);
    return undefined;
  }
}

function damageOf(merged: MergedCaptures, index: number, broken: string | undefined): string | undefined {
  const counters = merged.counters(index);
  if (counters === undefined) return broken;
  if (counters.octets === 0) return broken ?? 'it is empty';
  if (counters.format === undefined) return broken ?? 'it is no pcap or pcapng file';
  if (broken !== undefined) return broken;
  if (!counters.truncated) return undefined;
  const { at, reason } = counters.damage ?? {};
  return `${reason ?? 'it is cut short'}${at === undefined ? '' : ` (octet ${at})`}`;
}

function unreadable(damages: readonly Damage[]): OtherlegError {
  const reasons = damages.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
  return new OtherlegError('CAPTURE_UNREADABLE', `nothing can be read of ${reasons}`, {
    hint: 'capture with tcpdump -w FILE or dumpcap -w FILE; otherleg reads pcap and pcapng, gzip too',
  });
}
