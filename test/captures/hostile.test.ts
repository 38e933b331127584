import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { run } from '../../src/cli/analyze.ts';
import { OtherlegError } from '../../src/model/error.ts';
import { pcapOf, type Sent, sip, written } from '../cli/capture-files.ts';
import { recordingIo } from '../cli/recording-io.ts';
import { computedMillis, heldMemory } from '../meter/cost.ts';
import { capture, describeCaptures } from './collection.ts';

const ROOM = ['10.1.0.5', 5060] as const;
const GATEWAY = ['10.0.0.1', 5060] as const;

/** One damaged file may take as long as a whole one, not longer. Milliseconds of computing. */
const LONGEST = 5000;
/** What may still be held after all of them together; 2 MB are. Octets. */
const MOST_MEMORY = 6e6;

/** The whole way of the verb; the device is named, so that legs are built too. Answers the exit code that a shell would see. */
async function analyze(file: string): Promise<number> {
  const { io, out } = recordingIo();
  try {
    const code = await run([file, '--device', '0.0.0.0/0', '--device', '::/0', '--json'], io);
    expectSane(JSON.parse(out()));
    await run([file], recordingIo().io);
    return code;
  } catch (error) {
    // Whatever else is thrown is a crash.
    if (error instanceof OtherlegError && error.code === 'CAPTURE_UNREADABLE') return 1;
    throw error;
  }
}

/** Nothing outside of physical limits. */
function expectSane(value: unknown, name = ''): void {
  if (typeof value === 'number') {
    expect(Number.isFinite(value), name).toBe(true);
    if (/percent/i.test(name)) expect(value >= 0 && value <= 100, `${name} ${value}`).toBe(true);
    if (/packets|expected|lost|duplicates|octets|Jitter|roundTrip/.test(name))
      expect(value, name).toBeGreaterThanOrEqual(0);
  } else if (typeof value === 'object') {
    expect(value, name).not.toBeNull();
    for (const [key, member] of Object.entries(value ?? {})) expectSane(member, key);
  }
}

/** A payload on every way on which it could be read: as itself on several ports, and as the body of an INVITE. */
function carried(payload: Buffer, at: number): readonly Sent[] {
  // What fits into one datagram as UTF-8 too.
  const octets = payload.subarray(0, 30_000);
  const ports = [5060, 3478, 5004, 5005] as const;
  const direct = ports.flatMap((port, index) => [
    { at: at + index * 0.001, from: [ROOM[0], port], to: [GATEWAY[0], port], payload: octets } as const,
    { at: at + index * 0.001 + 0.0005, from: [GATEWAY[0], port], to: [ROOM[0], port], payload: octets } as const,
  ]);
  const body = octets.toString('latin1');
  return [
    ...direct,
    sip(at + 0.01, [ROOM, GATEWAY], 'INVITE sip:x@y SIP/2.0', { sdp: body, callId: String(at) }),
    sip(at + 0.011, [GATEWAY, ROOM], 'SIP/2.0 200 OK', { sdp: body, tag: 'g', callId: String(at) }),
  ];
}

/** Of objects and of buffers. Octets. */
function held(): number {
  const { heapUsed, external } = heldMemory();
  return heapUsed + external;
}

describeCaptures('hostile input', () => {
  const folders = readdirSync(capture('hostile'));
  const before = held();

  it.each(folders.filter((folder) => folder.startsWith('capture-')))(
    '%s: no crash, no hang',
    async (folder) => {
      const codes = new Set<number>();
      for (const file of readdirSync(capture('hostile', folder))) {
        const begun = computedMillis();
        codes.add(await analyze(capture('hostile', folder, file)));
        expect(computedMillis() - begun, file).toBeLessThan(LONGEST);
      }
      expect([...codes].every((code) => code === 0 || code === 1)).toBe(true);
    },
    60_000,
  );

  it.each(folders.filter((folder) => folder.startsWith('payload-')))(
    '%s: no crash, no hang',
    async (folder) => {
      const payloads = readdirSync(capture('hostile', folder)).map((file) =>
        readFileSync(capture('hostile', folder, file)),
      );
      const { 'all.pcap': path = '' } = written({
        'all.pcap': pcapOf(payloads.flatMap((payload, index) => carried(payload, 1_700_000_000 + index))),
      });
      const begun = computedMillis();
      expect(await analyze(path)).toBe(0);
      expect(computedMillis() - begun).toBeLessThan(LONGEST);
      rmSync(path);
    },
    60_000,
  );

  it('leaves memory bounded', () => {
    expect(held() - before).toBeLessThan(MOST_MEMORY);
  });
});
