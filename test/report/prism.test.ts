import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { qualityReport } from '../../src/report/quality-report.ts';
import { channels, LEG, legs, options, summary } from './summaries.ts';

const root = resolve(import.meta.dirname, '../..');
const document = resolve(root, '../shared/openapi/teleconference-mock.json');

/** Microsoft's own schema: weaker than ours, and not ours. */
describe.skipIf(!existsSync(document))('Prism serving Graph’s OpenAPI (needs ../shared/openapi)', () => {
  let prism: { readonly child: ChildProcess; readonly url: string };

  beforeAll(async () => {
    const port = await freePort();
    const command = resolve(root, 'node_modules/.bin/prism');
    const child = spawn(process.execPath, [command, 'mock', '-h', '127.0.0.1', '-p', String(port), document], {
      cwd: root,
    });
    prism = { child, url: `http://127.0.0.1:${port}` };
    await listening(child);
  });

  afterAll(async () => {
    if (prism.child.exitCode !== null) return;
    const gone = once(prism.child, 'exit');
    prism.child.kill();
    await gone;
  });

  const post = async (version: string, body: unknown): Promise<{ status: number; told: string }> => {
    const response = await fetch(`${prism.url}/${version}/communications/calls/logTeleconferenceDeviceQuality`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'otherleg/0' },
      body: JSON.stringify(body),
    });
    await response.arrayBuffer();
    return { status: response.status, told: response.headers.get('sl-violations') ?? '' };
  };

  test.each(['v1.0', 'beta'])('%s accepts our reports', async (version) => {
    const accepted = async (body: unknown): Promise<void> => {
      const { status, told } = await post(version, body);
      expect({ accepted: status === 200 || status === 204, told }).toEqual({ accepted: true, told: '' });
    };
    await fc.assert(
      fc.asyncProperty(legs, channels, options, (leg, list, configured) =>
        accepted(qualityReport(leg, list, configured)),
      ),
      { numRuns: 25 },
    );
  });

  const quality = qualityReport(LEG, [summary('audio', { averageInboundJitter: 0.01, inboundPackets: 10 })], {
    addresses: 'full',
    pacedJitter: 'send',
  })?.quality;
  const [item] = quality?.mediaQualityList ?? [];

  test.each<[string, unknown]>([
    ['a call that is no GUID', { quality: { ...quality, callChainId: 'call-1' } }],
    ['an item without type', { quality: { ...quality, mediaQualityList: [{ ...item, '@odata.type': undefined }] } }],
    ['milliseconds', { quality: { ...quality, mediaQualityList: [{ ...item, averageInboundJitter: '10ms' }] } }],
    ['an exponent', { quality: { ...quality, mediaQualityList: [{ ...item, averageInboundJitter: 'PT1e-7S' }] } }],
    [
      'null',
      { quality: { ...quality, mediaQualityList: [{ ...item, averageInboundPacketLossRateInPercentage: null }] } },
    ],
    ['half a packet', { quality: { ...quality, mediaQualityList: [{ ...item, inboundPackets: 10.5 }] } }],
  ])('v1.0 refuses %s with 422', async (_, body) => {
    expect((await post('v1.0', body)).status).toBe(422);
  });

  test('v1.0 accepts the body that those were made of', async () => {
    expect(await post('v1.0', { quality })).toEqual({ status: 200, told: '' });
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Resolves when Prism says so; rejects with what it said if it ends before. */
function listening(child: ChildProcess): Promise<void> {
  return new Promise((ready, failed) => {
    let said = '';
    const hear = (data: Buffer): void => {
      said += data.toString();
      if (said.includes('Prism is listening')) ready();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => failed(new Error(`prism ended with ${code}: ${said}`)));
    child.once('error', failed);
  });
}
