import { spawn } from 'node:child_process';
import { closeSync, readFileSync, writeSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHUNK } from '../../../src/source/capture/feed.ts';
import { type Fifo, openFifo } from '../../../src/source/capture/fifo.ts';
import { LaneReader } from '../../../src/source/capture/lane-reader.ts';
import type { FromReader } from '../../../src/source/capture/thread-messages.ts';
import { until } from './engine-rig.ts';
import { pcapHeader, pcapRecord } from './frames.ts';

const NOW = 1_700_000_000;

describe('the reader of a lane', () => {
  const open: Fifo[] = [];
  afterEach(() => {
    for (const { reader } of open.splice(0)) closeSync(reader);
  });

  // Stands for a capture that sleeps, and that does not while it is stopped.
  const standIn = spawn('sleep', ['1000']);
  const pid = standIn.pid ?? 0;
  const stateOf = (): string => /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';
  const turn = async (state: 'S' | 'T'): Promise<void> => {
    standIn.kill(state === 'T' ? 'SIGSTOP' : 'SIGCONT');
    await until(() => stateOf() === state);
  };
  beforeEach(() => turn('S'));
  afterAll(() => void standIn.kill('SIGKILL'));

  function laneOf() {
    const records: number[] = [];
    const said: FromReader[] = [];
    const sink = {
      record: (octets: Uint8Array, _view: DataView, start: number) => void records.push(octets[start] ?? -1),
    };
    const lane = new LaneReader(sink, (message) => void said.push(message));
    const chunk = new Uint8Array(CHUNK);
    let feeds = 0;
    /** A capture that the test writes, in packets of one octet stamped `at`. */
    const capture = async (begunAt: number, isTcpdump = true) => {
      const fifo = await openFifo();
      open.push(fifo);
      feeds += 1;
      const feed = feeds;
      lane.begin({
        kind: 'feed',
        lane: 'media',
        feed,
        fd: fifo.reader,
        begunAt,
        counts: isTcpdump,
        ...(isTcpdump ? { pid } : {}),
      });
      writeSync(fifo.writer, pcapHeader());
      return {
        feed,
        packet: (octet: number, at: number) =>
          void writeSync(fifo.writer, pcapRecord(Uint8Array.of(octet, octet), Math.round(at * 1e6))),
        raw: (octets: Uint8Array) => void writeSync(fifo.writer, octets),
        end: () => closeSync(fifo.writer),
      };
    };
    const read = (now: number): number => lane.read(chunk, now);
    return { lane, records, said, capture, read };
  }

  it('reads what is there, and never waits', async () => {
    const { records, capture, read, said } = laneOf();
    const one = await capture(NOW);
    expect(read(NOW)).toBe(24);
    expect(read(NOW)).toBe(0);
    one.packet(1, NOW);
    one.packet(2, NOW + 0.1);
    expect(read(NOW + 0.2)).toBe(36);
    expect(records).toEqual([1, 2]);
    one.end();
    read(NOW + 1);
    expect(said).toEqual([{ kind: 'over', feed: 1 }]);
  });

  it('tells of a feed that makes no sense', async () => {
    const { capture, read, said } = laneOf();
    const one = await capture(NOW);
    one.raw(Buffer.alloc(16, 0xff));
    read(NOW);
    expect(said).toEqual([{ kind: 'over', feed: 1, damage: expect.stringContaining('claims') }]);
    one.end();
  });

  describe('when another takes over', () => {
    it('leaves it alone until the old one has passed its begin, then counts what both show once', async () => {
      const { lane, records, said, capture, read } = laneOf();
      await turn('T');
      const old = await capture(NOW - 10);
      lane.listening(old.feed, NOW - 9);
      for (let packet = 1; packet <= 5; packet += 1) old.packet(packet, NOW + packet / 10);
      const next = await capture(NOW + 0.2);
      // Stamped a little otherwise, as the kernel does.
      for (let packet = 3; packet <= 8; packet += 1) next.packet(packet, NOW + packet / 10 + 0.000_02);
      read(NOW + 0.25);
      expect(records).toEqual([1, 2, 3, 4, 5]);
      lane.listening(next.feed, NOW + 0.55);
      read(NOW + 0.56);
      expect(said).toEqual([]);
      old.packet(6, NOW + 0.6);
      read(NOW + 0.61);
      expect(said).toEqual([{ kind: 'passed', feed: old.feed }]);
      expect(records).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      old.packet(7, NOW + 0.7);
      old.end();
      read(NOW + 0.75);
      read(NOW + 0.76);
      lane.settle();
      expect(said.slice(1)).toEqual([{ kind: 'over', feed: old.feed }]);
      next.packet(9, NOW + 0.95);
      read(NOW + 1);
      expect(records).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      lane.settle();
      expect(said.slice(2)).toEqual([{ kind: 'settled', feed: next.feed }]);
      expect(lane.gap(NOW + 1.1)).toBeUndefined();
      next.end();
    });

    it('waits for what the old one has yet in its ring', async () => {
      const { lane, said, capture, read } = laneOf();
      const old = await capture(NOW - 10);
      lane.listening(old.feed, NOW - 9);
      const next = await capture(NOW);
      lane.listening(next.feed, NOW + 0.05);
      await turn('T'); // it does not sleep: it is at work on what it has
      for (let one = 1; one <= 20; one += 1) {
        old.packet(one, NOW - 1 + one / 100);
        read(NOW + 0.06 + one / 5);
        read(NOW + 0.061 + one / 5);
      }
      expect(said).toEqual([]);
      old.packet(21, NOW + 0.06);
      read(NOW + 5);
      expect(said).toEqual([{ kind: 'passed', feed: old.feed }]);
      old.end();
      next.end();
    });

    it.each(['tcpdump', 'dumpcap'])('goes by the sleep of tcpdump, and the silence of dumpcap: %s', async (tool) => {
      const { lane, said, capture, read } = laneOf();
      const old = await capture(NOW - 10, tool === 'tcpdump');
      lane.listening(old.feed, NOW - 9);
      const next = await capture(NOW, tool === 'tcpdump');
      read(NOW + 0.01);
      lane.listening(next.feed, NOW + 0.05);
      old.packet(1, NOW + 0.04);
      await turn('T');
      read(NOW + 0.06);
      read(NOW + 0.3);
      expect(said).toEqual([]);
      await turn('S');
      old.packet(2, NOW + 0.045);
      read(NOW + 0.31); // its pipe was not empty: it may have slept for that
      await turn('T');
      read(NOW + 0.312);
      expect(said).toEqual([]);
      await turn('S');
      read(NOW + 0.32);
      if (tool === 'dumpcap') {
        expect(said).toEqual([]);
        read(NOW + 0.7);
      }
      expect(said).toEqual([{ kind: 'passed', feed: old.feed }]);
      old.end();
      read(NOW + 0.8);
      lane.look(NOW + 1.2);
      read(NOW + 1.2);
      lane.settle();
      expect(said.slice(1)).toEqual([
        { kind: 'over', feed: old.feed },
        { kind: 'settled', feed: next.feed },
      ]);
      next.end();
    });

    it('forgets one that ends before it has', async () => {
      const { lane, records, said, capture, read } = laneOf();
      const old = await capture(NOW - 10);
      lane.listening(old.feed, NOW - 9);
      const next = await capture(NOW);
      next.end();
      lane.listening(next.feed, NOW);
      old.packet(1, NOW + 1);
      read(NOW + 1);
      read(NOW + 1.1);
      expect(said.at(-1)).toEqual({ kind: 'over', feed: next.feed });
      old.packet(1, NOW + 2);
      read(NOW + 2);
      expect(records).toEqual([1, 1]);
      old.end();
    });
  });

  it('tells the seconds that nobody saw, once each, from the last sign of life to the next begin', async () => {
    const { lane, capture, read } = laneOf();
    expect(lane.gap(NOW)).toBeUndefined();
    const one = await capture(NOW);
    lane.listening(one.feed, NOW + 0.1);
    one.packet(1, NOW + 1);
    read(NOW + 1);
    lane.look(NOW + 4);
    read(NOW + 4);
    expect(lane.gap(NOW + 5)).toBeUndefined();
    await turn('T');
    lane.look(NOW + 5);
    read(NOW + 5);
    one.end();
    read(NOW + 5.5);
    expect(lane.gap(NOW + 5.6)).toEqual([NOW + 4, NOW + 5.6]);
    const two = await capture(NOW + 5.7);
    expect(lane.gap(NOW + 5.8)).toEqual([NOW + 5.6, NOW + 5.8]);
    lane.listening(two.feed, NOW + 5.9);
    expect(lane.gap(NOW + 6)).toEqual([NOW + 5.8, NOW + 5.9]);
    expect(lane.gap(NOW + 7)).toBeUndefined();
    two.end();
  });

  it('says when all up to a moment is measured, and what was lost by then is known', async () => {
    const { lane, capture, read } = laneOf();
    expect(lane.isMeasured(NOW, NOW)).toBe(true);
    const one = await capture(NOW - 5);
    expect(lane.measuredUntil(NOW - 4.5)).toBe(NOW - 4.5);
    lane.listening(one.feed, NOW - 4);
    expect(lane.isMeasured(NOW - 4.1, NOW)).toBe(true);
    expect(lane.measuredUntil(NOW)).toBe(NOW - 4);
    one.packet(1, NOW + 1);
    read(NOW + 1);
    expect(lane.isMeasured(NOW + 0.9, NOW + 0.9)).toBe(false);
    lane.polled(one.feed, 1, NOW + 0.95);
    expect([0.9, 1.1].map((after) => lane.isMeasured(NOW + after, NOW + 0.9))).toEqual([true, false]);
    lane.look(NOW + 1.3);
    expect(lane.isMeasured(NOW + 1.2, NOW + 0.9)).toBe(false); // what was written before may be in the pipe yet
    read(NOW + 1.4);
    expect([1.2, 1.35].map((after) => lane.isMeasured(NOW + after, NOW + 0.9))).toEqual([true, false]);
    expect(lane.measuredUntil(NOW + 9)).toBe(NOW + 1.3);
    one.end();
  });

  it('finds packets that were captured and never came, and gives the last ones time', async () => {
    const { lane, said, capture, read } = laneOf();
    const one = await capture(NOW);
    lane.listening(one.feed, NOW);
    one.packet(1, NOW + 1);
    read(NOW + 1);
    lane.polled(one.feed, 4, NOW + 2);
    read(NOW + 2.01);
    lane.polled(one.feed, 5, NOW + 2.1);
    expect(said).toEqual([]);
    lane.polled(one.feed, 6, NOW + 3);
    read(NOW + 3.01);
    lane.polled(one.feed, 6, NOW + 3.2);
    expect(said).toEqual([{ kind: 'lost', feed: one.feed, count: 3, since: NOW, at: NOW + 3 }]);
    lane.polled(one.feed, 6, NOW + 4);
    expect(said.slice(1)).toEqual([{ kind: 'lost', feed: one.feed, count: 2, since: NOW + 2, at: NOW + 4 }]);
    one.end();
  });
});
