import { closeSync, writeSync } from 'node:fs';
import { MessageChannel } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { openFifo } from '../../../src/source/capture/fifo.ts';
import type { ToMeter } from '../../../src/source/capture/messages.ts';
import { Reader } from '../../../src/source/capture/reader.ts';
import type { ToReader } from '../../../src/source/capture/thread-messages.ts';
import { pcapHeader, pcapRecord } from './frames.ts';

/** Two legs end, and the capture never tells its counts: they wait as long as the reader lets them. */
test('what comes after an end that waits is held back until it is answered', async () => {
  const { port1, port2 } = new MessageChannel();
  const { reader, writer } = await openFifo();
  const say = (message: ToReader): void => port1.postMessage(message);
  const begunAt = Date.now() / 1000;
  const ends = [begunAt + 0.02, begunAt + 0.01] as const;
  const seen: string[] = [];
  const takes = (message: ToMeter): void => {
    if (message.kind === 'hold') seen.push(`hold ${ends.indexOf(message.at)}`);
    if (message.kind !== 'release') return;
    seen.push(`release ${message.mediaLegId}`);
    if (message.mediaLegId !== '0') return;
    say({ kind: 'finish', ask: 9 });
    closeSync(writer);
  };
  const packet = (at: number): void => void writeSync(writer, pcapRecord(Uint8Array.of(1, 2), Math.round(at * 1e6)));
  let isWritten = false;
  const meter = {
    record: () => void seen.push('packet'),
    take: takes,
    advance: () => {
      if (!isWritten) packet(begunAt + 5);
      isWritten = true;
    },
  };
  writeSync(writer, pcapHeader());
  say({ kind: 'feed', lane: 'media', feed: 1, fd: reader, begunAt, counts: true });
  say({ kind: 'listening', feed: 1, at: begunAt });
  for (const [index, endedAt] of ends.entries())
    say({ kind: 'release', mediaLegId: `${index}`, endedAt, ask: index + 1 });
  new Reader(port2, meter).run();
  expect(seen).toEqual(['hold 0', 'hold 1', 'packet', 'release 1', 'release 0', 'hold -1']);
  closeSync(reader);
  port1.close();
});
