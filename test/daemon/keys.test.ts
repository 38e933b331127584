import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GraphStandIn } from '../../src/demo/graph-stand-in.ts';
import { AgentProcess } from './agent-process.ts';
import { identity } from './slim-gateway.ts';

let agent: AgentProcess;
let graph: GraphStandIn;

beforeEach(async () => {
  graph = await GraphStandIn.open();
  agent = new AgentProcess();
  agent.configure(graph.url, ['log: { level: trace }']);
});

afterEach(async () => {
  await agent.remove();
  await graph.close();
});

const SUITE = 'AES_CM_128_HMAC_SHA1_80';
const keyOf = (seed: number): string => Buffer.alloc(30, `a secret, number ${seed}`).toString('base64');
const described = (address: string, suite: string, seed: number): string =>
  [
    ...['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0', 'm=audio 2000 RTP/SAVP 0'],
    ...[`a=crypto:1 ${suite} inline:${keyOf(seed)}`, `a=crypto:x ${keyOf(seed)}`, ''],
  ].join('\r\n');

it('keeps SRTP keys out of its files, its log and its answers', async () => {
  await agent.start();
  const mediaLegId = randomUUID();
  const leg = `/v1/legs/${mediaLegId}`;
  const answers: string[] = [];
  const ask = async (method: string, path: string, body?: object): Promise<number> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${agent.url}${path}`, {
      method,
      ...(body === undefined ? {} : { headers, body: JSON.stringify(body) }),
    });
    answers.push(await answer.text());
    return answer.status;
  };
  const crypto = { direction: 'inbound', suite: SUITE, key: `inline:${keyOf(3)}|2^31` };
  const channels = [{ media: 'audio', channelIndex: 1, crypto: [crypto] }];
  const sdp = { local: described('10.0.0.1', SUITE, 1), remote: described('10.1.0.1', 'SEED_128_CCM_80', 2) };
  expect(await ask('PUT', leg, { ...identity, sdp, channels })).toBe(201);
  expect(
    await ask('PUT', leg, { channels: [{ ...channels[0], crypto: [{ ...crypto, key: keyOf(4).slice(0, 20) }] }] }),
  ).toBe(422);
  expect(await ask('PUT', leg, { sdp: { local: sdp.local.replace('v=0\r\n', '') } })).toBe(422);
  expect(await ask('PUT', leg, { sdp: { local: `${sdp.local}m=broken ${keyOf(5).slice(0, 12)}\r\n` } })).toBe(422);
  for (const path of [leg, `${leg}/series`, `${leg}/report`, '/v1/legs', '/v1/reports'])
    expect([path, await ask('GET', path)]).toEqual([path, 200]);
  const files = (): string =>
    readdirSync(agent.folder)
      .map((name) => readFileSync(join(agent.folder, name)).toString('latin1'))
      .join('\n');
  const running = files();
  expect(await ask('POST', `${leg}/end`, {})).toBe(202);
  await agent.stop();
  const log = JSON.stringify(agent.lines);
  const text = [running, files(), log, ...answers].join('\n');
  for (const seed of [1, 2, 3, 4]) expect(text).not.toContain(keyOf(seed).slice(0, 16));
  expect(running).toContain(`a=crypto:1 ${SUITE} inline:withheld`);
  expect(log).toContain('sdp.remote, m-line 1: a=crypto 1: the suite SEED_128_CCM_80 is not supported');
});
