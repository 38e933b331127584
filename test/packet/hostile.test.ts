import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RTCP, SIP, STUN, TURN_CHANNEL } from '../../src/packet/demux.ts';
import { corpus } from './corpus/make.ts';
import { Everything } from './everything.ts';

const FOLDER = join(import.meta.dirname, 'corpus');
const COLLECTION = '../shared/captures';
const isThere = existsSync(COLLECTION);
const all = process.env['OTHERLEG_TEST_ALL'] === '1';
const describeCollection = describe.skipIf(!isThere && !all);
const because = isThere || all ? '' : ` (no captures in ${COLLECTION})`;

const names = Object.keys(corpus);
const isCapture = (name: string): boolean => /\.pcap(ng)?$/.test(name);
const seeds = names.map((name) => ({ name, octets: readFileSync(join(FOLDER, name)) }));

/** One damage: octets replaced, inserted, removed, repeated, or the end cut off. */
type Damage = { readonly kind: number; readonly at: number; readonly octets: Uint8Array };

const damages = fc.array(
  fc.record({
    kind: fc.nat(4),
    at: fc.nat(0xffffff),
    octets: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 8 }),
      fc.constantFrom(0, 1, 127, 128, 255).map((octet) => Uint8Array.of(octet, octet)),
    ),
  }),
  { minLength: 1, maxLength: 6 },
);

function damaged(octets: Uint8Array, plan: readonly Damage[]): Uint8Array {
  return plan.reduce((before, { kind, at: anywhere, octets: change }) => {
    const at = before.length === 0 ? 0 : anywhere % before.length;
    const behind = before.subarray(at + (kind === 1 ? 0 : change.length));
    if (kind === 0 || kind === 1) return Buffer.concat([before.subarray(0, at), change, behind]);
    if (kind === 2) return Buffer.concat([before.subarray(0, at), behind]);
    if (kind === 3) return Buffer.concat([before.subarray(0, at), before.subarray(at >> 1)]);
    return before.subarray(0, at);
  }, octets);
}

/** Reads it as a file and as a payload; the promises are checked in `Everything`. */
function readAll(octets: Uint8Array, capture: boolean): void {
  const everything = new Everything();
  if (capture) everything.file(octets, 977);
  const payload = octets.subarray(0, 65_535);
  everything.parsers(payload, payload.length);
  everything.parsers(payload, payload.length >> 1);
}

describe('the corpus', () => {
  it('is what corpus/make.ts makes', () => {
    for (const { name, octets } of seeds)
      expect([name, octets.equals(corpus[name] ?? Buffer.of())]).toEqual([name, true]);
    expect(readdirSync(FOLDER).toSorted()).toEqual(['make.ts', ...names].toSorted());
  });

  it.each(names.filter(isCapture))('%s reaches every parser', (name) => {
    const everything = new Everything();
    let rtp = 0;
    everything.onRtp = () => {
      rtp += 1;
    };
    const counters = everything.file(corpus[name] ?? Buffer.of());
    expect(counters.truncated).toBe(false);
    const sections = name === 'all.pcapng' ? 2 : 1;
    const kinds = [STUN, TURN_CHANNEL, SIP].map((kind) => everything.kinds[kind]);
    expect(kinds).toEqual([1, 1, 2].map((count) => count * sections));
    // The first section is cut at 96 octets: there SRTCP cannot be told from RTCP.
    expect(everything.kinds[RTCP]).toBe(sections === 2 ? 3 : 1);
    expect(rtp).toBeGreaterThanOrEqual(10);
    expect(everything.sip.at(-1)).toMatchObject({ method: 'INVITE' });
    expect(everything.decapsulator.counters).toMatchObject({ reassembled: sections });
  });

  it('survives any damage', () => {
    fc.assert(
      fc.property(fc.constantFrom(...seeds), damages, ({ name, octets }, plan) => {
        readAll(damaged(octets, plan), isCapture(name));
      }),
      { numRuns: 10_000 },
    );
  });

  it('and noise with a right beginning', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.nat(64),
        fc.uint8Array({ maxLength: 400 }),
        ({ name, octets }, head, noise) => {
          readAll(Buffer.concat([octets.subarray(0, head), noise]), isCapture(name));
        },
      ),
      { numRuns: 5000 },
    );
  });
});

const filesOf = (...folders: readonly string[]): string[] =>
  folders.flatMap((folder) =>
    isThere
      ? readdirSync(join(COLLECTION, folder), { recursive: true, encoding: 'utf8' })
          .map((name) => join(COLLECTION, folder, name))
          .filter((path) => statSync(path).isFile())
      : [],
  );

describeCollection(`collected captures${because}`, () => {
  it('that are hostile are read to their end', () => {
    const files = filesOf('hostile');
    expect(files.length).toBeGreaterThanOrEqual(600);
    for (const file of files) readAll(readFileSync(file), true);
  });

  it('that are real survive damage', () => {
    const files = filesOf('real', 'derived').filter((file) => isCapture(file) && statSync(file).size < 200_000);
    expect(files.length).toBeGreaterThanOrEqual(40);
    fc.assert(
      fc.property(fc.constantFrom(...files), damages, (file, plan) => {
        new Everything().file(damaged(readFileSync(file), plan));
      }),
      { numRuns: 400 },
    );
  });
});
