import { BlockList, isIP } from 'node:net';
import { readArguments, usageError } from './arguments.ts';

/** What `otherleg analyze` is asked for. */
export type AnalyzeOptions = {
  /** Paths; `-` is the standard input. */
  readonly files: readonly string[];
  /** Paths of session descriptions: the offer, then the answer. */
  readonly descriptions: readonly string[];
  /** Whether an address is a device's; absent where none was named. */
  readonly isDevice?: (address: string) => boolean;
  /** Hz by payload type. */
  readonly clocks: ReadonlyMap<number, number>;
  readonly json: boolean;
};

const VERB = 'analyze';

/** Reads the arguments. Throws USAGE. */
export function analyzeOptions(args: readonly string[]): AnalyzeOptions {
  const { values, positionals } = readArguments(VERB, args, {
    sdp: { type: 'string', multiple: true },
    device: { type: 'string', multiple: true },
    clock: { type: 'string', multiple: true },
    json: { type: 'boolean' },
  });
  const { sdp = [], device = [], clock = [], json = false } = values;
  if (positionals.length === 0) throw usageError(VERB, 'no capture file is named; - reads the standard input');
  if (positionals.filter((file) => file === '-').length > 1) throw usageError(VERB, '- is named more than once');
  if (sdp.length > 2) throw usageError(VERB, '--sdp is given at most twice: the offer and the answer');
  return {
    files: positionals,
    descriptions: sdp,
    ...(device.length === 0 ? {} : { isDevice: addressMatcher(device) }),
    clocks: new Map(clock.map(clockRate)),
    json,
  };
}

/** `PT=RATE`, a payload type and its clock rate in Hz. */
function clockRate(text: string): readonly [number, number] {
  const [, type, rate] = /^(\d{1,3})=(\d{1,9})$/.exec(text.trim()) ?? [];
  if (type === undefined || rate === undefined || Number(type) > 127 || Number(rate) < 1) {
    throw usageError(VERB, `--clock ${text} is no PT=RATE such as 96=90000 (payload type 0–127, rate in Hz)`);
  }
  return [Number(type), Number(rate)];
}

function addressMatcher(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix, ...rest] = range.trim().split('/');
    const family = isIP(network);
    const bits = family === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : Number(prefix);
    if (
      family === 0 ||
      rest.length > 0 ||
      prefix === '' ||
      !(Number.isInteger(length) && length >= 0 && length <= bits)
    ) {
      throw usageError(VERB, `--device ${range} is neither an IP address nor a CIDR range such as 10.1.0.0/16`);
    }
    list.addSubnet(network, length, family === 4 ? 'ipv4' : 'ipv6');
  }
  const known = new Map<string, boolean>();
  return (address) => {
    const answer = known.get(address) ?? list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
    // Streams come back to the same few addresses; scans of networks must not fill memory.
    if (known.size < 10_000) known.set(address, answer);
    return answer;
  };
}
