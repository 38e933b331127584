/** What a program found out about one stream; what it does not tell is absent. Seconds. */
export type Finding = {
  /** SSRC, source and destination. */
  readonly key: string;
  readonly packets: number;
  readonly lost: number;
  readonly expected?: number;
  readonly duplicates?: number;
  readonly averageJitter?: number;
  readonly maximumJitter: number;
  readonly roundTrip?: { readonly average: number; readonly maximum: number; readonly samples: number };
};

type Flow = {
  readonly ssrc: number;
  readonly source: { readonly address: string; readonly port: number };
  readonly destination: { readonly address: string; readonly port: number };
};

/** The name of a stream in every finding. */
export function keyOf({ ssrc, source, destination }: Flow): string {
  return `${ssrc} ${source.address}:${source.port} > ${destination.address}:${destination.port}`;
}

type Analysis = {
  readonly streams: readonly (Flow & {
    readonly packets: number;
    readonly expected: number;
    readonly lost: number;
    readonly duplicates: number;
    readonly rfc3550?: { readonly averageJitterSeconds: number; readonly maximumJitterSeconds: number };
    readonly roundTrip?: { readonly averageSeconds: number; readonly maximumSeconds: number; readonly samples: number };
  })[];
};

/** `otherleg analyze --json`. */
export function findingsOfOtherleg(output: string): readonly Finding[] {
  const { streams } = JSON.parse(output) as Analysis; // the contract of the verb; a wrong member shows as a disagreement
  return streams.map((stream) => ({
    key: keyOf(stream),
    ...{ packets: stream.packets, lost: stream.lost, expected: stream.expected, duplicates: stream.duplicates },
    averageJitter: stream.rfc3550?.averageJitterSeconds ?? Number.NaN,
    maximumJitter: stream.rfc3550?.maximumJitterSeconds ?? Number.NaN,
    ...(stream.roundTrip === undefined ? {} : { roundTrip: tripOf(stream.roundTrip) }),
  }));
}

const tripOf = (trip: { averageSeconds: number; maximumSeconds: number; samples: number }) => ({
  ...{ average: trip.averageSeconds, maximum: trip.maximumSeconds, samples: trip.samples },
});

/** The lines of reference.c. */
export function findingsOfReference(output: string): readonly Finding[] {
  const lines = output.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [ssrc, source, sourcePort, destination, destinationPort, ...figures] = line.split('\t');
    const numbers = figures.map(Number);
    const [packets = 0, expected = 0, duplicates = 0, averageJitter = 0, maximumJitter = 0] = numbers;
    const [samples = 0, average = 0, maximum = 0] = numbers.slice(5);
    const flow = {
      ssrc: Number(ssrc),
      source: { address: addressOfHex(source ?? ''), port: Number(sourcePort) },
      destination: { address: addressOfHex(destination ?? ''), port: Number(destinationPort) },
    };
    return {
      key: keyOf(flow),
      ...{ packets, lost: expected - packets, expected, duplicates, averageJitter, maximumJitter },
      ...(samples === 0 ? {} : { roundTrip: { average, maximum, samples } }),
    };
  });
}

/** IPv4 as it is written; IPv6 with the one run of zeros that the generator's addresses have. */
function addressOfHex(hex: string): string {
  const octets = hex.match(/../g)?.map((octet) => Number.parseInt(octet, 16)) ?? [];
  if (octets.length === 4) return octets.join('.');
  const words = hex.match(/.{4}/g)?.map((word) => Number.parseInt(word, 16).toString(16)) ?? [];
  return words.join(':').replace(/(:0)+:/, '::');
}

const TSHARK_LINE =
  /^\s*[\d.]+\s+[\d.]+\s+(\S+)\s+(\d+)\s+(\S+)\s+(\d+)\s+(0x[\dA-F]+)\s.*?\s(\d+)\s+(-?\d+) \(-?[\d.]+%\)((?:\s+[\d.]+){6})/;

/**
 * `tshark -q -z rtp,streams`: its packets count copies too, so that its loss is RFC 3550's, which copies lower. Its mean
 * jitter is left out: where frames have several packets it is not the mean of A.8's values.
 */
export function findingsOfTshark(output: string): readonly Finding[] {
  return output.split('\n').flatMap((line) => {
    const [, source = '', sourcePort, destination = '', destinationPort, ssrc, packets, lost, times = ''] =
      TSHARK_LINE.exec(line) ?? [];
    if (ssrc === undefined) return [];
    const maximumJitter = Number(times.trim().split(/\s+/).at(-1)) / 1000;
    const from = { address: source, port: Number(sourcePort) };
    const to = { address: destination, port: Number(destinationPort) };
    return [
      {
        key: keyOf({ ssrc: Number(ssrc), source: from, destination: to }),
        ...{ packets: Number(packets), lost: Number(lost), maximumJitter },
      },
    ];
  });
}
