import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SocketIndex } from '../../src/meter/socket-index.ts';
import {
  insertStream,
  isTaken,
  newPacketTable,
  type PacketPath,
  removeStreams,
} from '../../src/quality/packet-table.ts';

type Ends = readonly [from: number, to: number, sourcePort: number, destinationPort: number];

const address = (low: number): Int32Array => Int32Array.of(0, 0, 0, low);
const path = ([from, to, sourcePort, destinationPort]: Ends): PacketPath => ({
  source: address(from),
  destination: address(to),
  sourcePort,
  destinationPort,
  addressFamily: 4,
});

const small = fc.integer({ min: 1, max: 3 });
const ends = fc.tuple(small, small, small, small);

function found(index: SocketIndex, low: number, port: number): readonly string[] {
  const streams: string[] = [];
  index.each(address(low), port, (stream, sends) => streams.push(`${stream} ${sends}`));
  return streams.sort();
}

describe('SocketIndex', () => {
  it('finds what a look at every stream finds, whatever came and went', () => {
    const step = fc.oneof(ends, fc.nat(200));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.boolean(), (steps, tells) => {
        const table = newPacketTable();
        const index = new SocketIndex(table);
        const known = new Map<number, Ends>();
        for (const [ssrc, one] of steps.entries()) {
          if (typeof one !== 'number') {
            const stream = insertStream(table, path(one), ssrc);
            known.set(stream, one);
            index.enter(stream);
          } else if (known.has(one) && isTaken(table, one)) {
            removeStreams(table, [one]);
            known.delete(one);
            if (tells) index.rebuild();
          }
        }
        for (let low = 1; low <= 3; low += 1)
          for (let port = 1; port <= 3; port += 1) {
            const expected = [...known].flatMap(([stream, [from, to, sourcePort, destinationPort]]) => [
              ...(from === low && sourcePort === port ? [`${stream} true`] : []),
              ...(to === low && destinationPort === port ? [`${stream} false`] : []),
            ]);
            expect(found(index, low, port)).toEqual(expected.sort());
          }
      }),
    );
  });

  it('tells addresses apart by all of their words', () => {
    const table = newPacketTable();
    const index = new SocketIndex(table);
    const long = { ...path([1, 2, 3, 4]), source: Int32Array.of(5, 0, 0, 1), addressFamily: 6 };
    index.enter(insertStream(table, long, 7));
    expect(found(index, 1, 3)).toEqual([]);
    index.each(Int32Array.of(5, 0, 0, 1), 3, (stream, sends) => expect([stream, sends]).toEqual([0, true]));
    expect(found(index, 2, 4)).toEqual(['0 false']);
  });
});
