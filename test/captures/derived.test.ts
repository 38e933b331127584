import { expect, it } from 'vitest';
import { analyzed, byKey, capture, describeCaptures, readJson, type StreamName, truthKey } from './collection.ts';

type Derived = {
  readonly file: string;
  readonly parent: string | readonly string[];
  readonly transformation: string;
  readonly same_as_parent: boolean;
  readonly streams: readonly (StreamName & {
    readonly unique: number;
    readonly expected: number;
    readonly lost_unique: number;
    readonly packets: number;
    readonly restarts: number;
  })[];
  readonly rtcp_datagrams: number;
};

describeCaptures('captures derived from real ones', () => {
  const entries = readJson<readonly Derived[]>('derived', 'index.json').filter(
    ({ file }) => file.startsWith('dev/') && !file.includes('merged'),
  );

  it.each(entries)(
    '$file: $transformation',
    async ({ file, parent, same_as_parent: isSame, streams, transformation }) => {
      const { code, document, err } = await analyzed([capture('derived', file.replace('dev/', ''))]);
      const isCut = transformation.includes('cut inside a record');
      expect({ code, truncated: document.capture.truncated ?? false }).toEqual({ code: 0, truncated: isCut });
      expect(err).toMatch(isCut ? /is not whole/ : /^$/);
      const ours = byKey(document);
      const said = streams.map((stream) => {
        const { packets, expected, lost, duplicates, restarts } = ours.get(truthKey(stream)) ?? {};
        return { key: truthKey(stream), packets, expected, lost, duplicates, restarts };
      });
      expect(said).toEqual(
        streams.map((stream) => ({
          key: truthKey(stream),
          packets: stream.unique,
          expected: stream.expected,
          lost: stream.lost_unique,
          duplicates: stream.packets - stream.unique,
          restarts: stream.restarts,
        })),
      );
      expect(ours.size).toBe(streams.length);
      if (!isSame || typeof parent !== 'string' || transformation.includes('snaplen')) return;
      const before = await analyzed([capture('real', parent)]);
      // The sequence numbers of its packets were moved and those of its reports were not: we never sent what they speak of.
      const compared = transformation.includes('sequence numbers moved') ? withoutReports : withoutTimes;
      expect(document.streams.map(compared)).toEqual(before.document.streams.map(compared));
    },
  );

  it('several files are one capture, merged by time', async () => {
    const parts = ['sip-rtp-g729a.pcap', 'volte-vowifi-amr-rtcp.pcap'].map((file) => capture('real', file));
    const together = await analyzed(parts);
    const merged = await analyzed([capture('derived', 'merged-eth-sll.pcapng')]);
    expect(together.document).toEqual(merged.document);
    expect((await analyzed(parts.toReversed())).document).toEqual(merged.document);
    expect(merged.document.streams.map(({ packets, lost }) => [packets, lost])).toEqual([
      [425, 0],
      [778, 0],
    ]);
  });
});

/** What the re-wrapping may round: times of nanoseconds. */
function withoutTimes(stream: object): object {
  const { firstAt: _, lastAt: __, ...rest } = stream as { firstAt?: string; lastAt?: string };
  return rest;
}

function withoutReports(stream: object): object {
  const { reported: _, ...rest } = withoutTimes(stream) as { reported?: object };
  return rest;
}
