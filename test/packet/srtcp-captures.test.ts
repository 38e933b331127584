import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addressText } from '../../src/packet/address.ts';
import { CaptureFile } from '../../src/packet/capture-file.ts';
import { Datagram, Decapsulator, UDP } from '../../src/packet/datagram.ts';
import { classify, ENCRYPTED_RTCP, SIP } from '../../src/packet/demux.ts';
import { compoundShape, readCompound } from '../../src/packet/rtcp.ts';
import { readSip, sessionDescriptions } from '../../src/packet/sip.ts';
import { SrtcpOpener } from '../../src/packet/srtcp-opener.ts';
import { type SrtpKey, srtpKey } from '../../src/packet/srtp-key.ts';
import { cryptoLines, srtpKeysOf } from '../../src/session/sdes.ts';
import { viewOf } from './wire.ts';

const FOLDER = '../shared/captures/recorded';
const NAME = 'baresip-av-srtp-sdes';
const isThere = existsSync(FOLDER);
const all = process.env['OTHERLEG_TEST_ALL'] === '1';

type Encrypted = { readonly from: string; readonly octets: Uint8Array };

/** What the recording holds of encrypted RTCP, and the keys that its SIP tells, by the address of who told them. */
function recording() {
  const encrypted: Encrypted[] = [];
  const keys = new Map<string, SrtpKey[]>();
  const decapsulator = new Decapsulator();
  const out = new Datagram();
  const capture = new CaptureFile({
    record: (octets, view, start, end, micros, linkType) => {
      if (!decapsulator.locate(octets, view, start, end, linkType, out, micros) || out.protocol !== UDP) return;
      const kind = classify(out.octets, out.view, out.start, out.end, out.length);
      const host = addressText(out.source, out.addressFamily);
      const from = `${host}:${out.sourcePort}`;
      if (kind === ENCRYPTED_RTCP) encrypted.push({ from, octets: out.octets.slice(out.start, out.end) });
      if (kind !== SIP) return;
      const lines = readSip(out.octets, out.start, out.end)
        .flatMap((message) => sessionDescriptions(message))
        .flatMap((sdp) => cryptoLines(sdp));
      keys.set(host, [...(keys.get(host) ?? []), ...lines.flatMap(srtpKeysOf)]);
    },
    drops: () => {},
  });
  capture.push(readFileSync(join(FOLDER, `${NAME}.pcap`)));
  capture.end();
  return { encrypted, keys };
}

/** werift-rtp as the second reader. */
type Werift = {
  SrtcpSession: new (config: object) => { decrypt(packet: Buffer): Buffer };
};

describe.skipIf(!isThere && !all)(`a recorded call with SRTP${isThere ? '' : ` (none in ${FOLDER})`}`, () => {
  it('is opened with the keys that its endpoints used, as werift-rtp opens it', () => {
    const { encrypted } = recording();
    const bySender: Readonly<Record<string, string>> = JSON.parse(
      readFileSync(join(FOLDER, `${NAME}.keys.json`), 'utf8'),
    );
    const { SrtcpSession } = createRequire(import.meta.url)('werift-rtp') as Werift; // its types need the DOM's
    expect(encrypted.length).toBeGreaterThan(40);
    let blocks = 0;
    for (const { from, octets } of encrypted) {
      const text = bySender[from] ?? '';
      const key = srtpKey('AES_CM_128_HMAC_SHA1_80', text);
      if ('problem' in key) expect.fail(`${from}: ${key.problem}`);
      const clear = new SrtcpOpener([key]).open(octets, 0, octets.length);
      if (clear === undefined) expect.fail(`refused: ${from}`);
      const master = Buffer.from(text, 'base64');
      const keys = {
        localMasterKey: master.subarray(0, 16),
        localMasterSalt: master.subarray(16),
        remoteMasterKey: master.subarray(0, 16),
        remoteMasterSalt: master.subarray(16),
      };
      expect(Buffer.from(clear)).toEqual(new SrtcpSession({ keys, profile: 1 }).decrypt(Buffer.from(octets)));
      expect(compoundShape(viewOf(clear), 0, clear.length, clear.length)).toBe('clear');
      for (const packet of readCompound(clear, viewOf(clear), 0, clear.length))
        if (packet.kind === 'sr' || packet.kind === 'rr') blocks += packet.blocks.length;
    }
    expect(blocks).toBe(12);
  });

  it('is opened with the keys of its SIP: each side sends under its own', () => {
    const { encrypted, keys } = recording();
    const openers = new Map([...keys].map(([host, own]) => [host, new SrtcpOpener(own)]));
    for (const { from, octets } of encrypted) openers.get(from.split(':')[0] ?? '')?.open(octets, 0, octets.length);
    const counted = [...openers.values()].map(({ counters }) => counters);
    expect(counted).toHaveLength(2);
    expect(counted.map(({ refused, repeated }) => [refused, repeated])).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(counted.reduce((sum, { opened }) => sum + opened, 0)).toBe(encrypted.length);
    const swapped = new SrtcpOpener(keys.get('10.78.0.1') ?? []);
    const others = encrypted.filter(({ from }) => from.startsWith('10.78.0.2'));
    for (const { octets } of others) expect(swapped.open(octets, 0, octets.length)).toBeUndefined();
    expect(swapped.counters.refused).toBe(others.length);
  });
});

const HOSTILE = '../shared/captures/hostile/payload-srtp';

describe.skipIf(!existsSync(HOSTILE) && !all)(
  `hostile payloads${existsSync(HOSTILE) ? '' : ` (none in ${HOSTILE})`}`,
  () => {
    it('are refused', () => {
      const keys = ['AES_CM_128_HMAC_SHA1_32', 'AEAD_AES_128_GCM'].flatMap((suite) => {
        const key = srtpKey(suite, Buffer.alloc(suite.startsWith('AEAD') ? 28 : 30, 7).toString('base64'));
        return 'problem' in key ? [] : [key, { ...key, mki: new Uint8Array(4) }];
      });
      const opener = new SrtcpOpener(keys);
      const files = existsSync(HOSTILE) ? readdirSync(HOSTILE) : [];
      for (const name of files) {
        const octets = readFileSync(join(HOSTILE, name));
        expect([name, opener.open(octets, 0, octets.length)]).toEqual([name, undefined]);
      }
      expect(opener.counters).toMatchObject({ opened: 0, refused: 62 });
      expect(keys).toHaveLength(4);
    });
  },
);
