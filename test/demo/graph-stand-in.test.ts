import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { type Fault, GraphStandIn, type GraphStandInOptions } from '../../src/demo/graph-stand-in.ts';

let open: GraphStandIn | undefined;
afterEach(() => open?.close());

async function standIn(options?: GraphStandInOptions): Promise<GraphStandIn> {
  open = await GraphStandIn.open(options);
  return open;
}

const legId = 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f';

const body = (mediaLegId = legId) => ({
  quality: {
    callChainId: '0622673d-9f69-49b3-9d4f-5ec64f42ecce',
    participantId: 'ea078406-b5d4-4d3c-b85e-90103dcec7f6',
    mediaLegId,
    deviceName: 'Boardroom',
    deviceDescription: '-',
    mediaQualityList: [{ '@odata.type': '#microsoft.graph.teleconferenceDeviceAudioQuality', channelIndex: 1 }],
  },
});

const PATH = '/v1.0/communications/calls/logTeleconferenceDeviceQuality';

function post(graph: GraphStandIn, content: unknown, { path = PATH, headers = {}, method = 'POST' } = {}) {
  return fetch(`${graph.url}${path}`, {
    method,
    headers: {
      'User-Agent': 'otherleg/0.1.0',
      'Content-Type': 'application/json',
      'client-request-id': randomUUID(),
      ...headers,
    },
    ...(method === 'POST' ? { body: typeof content === 'string' ? content : JSON.stringify(content) } : {}),
  });
}

type GraphError = {
  readonly code: string;
  readonly details?: readonly { readonly target: string }[];
  readonly innerError: Readonly<Record<string, string>>;
};

async function errorOf(answer: Response): Promise<GraphError> {
  const { error } = (await answer.json()) as { error: GraphError }; // the tests prove what is in it
  return error;
}

test.each(['v1.0', 'beta'])('a right report is accepted at %s with 204 and nothing in it', async (version) => {
  const graph = await standIn();
  const answer = await post(graph, body(), { path: PATH.replace('v1.0', version) });
  expect(answer.status).toBe(204);
  expect(await answer.text()).toBe('');
  expect(answer.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(graph.accepted.map((request) => request.body)).toEqual([body()]);
});

test('it answers 200 when told to', async () => {
  const answer = await post(await standIn({ success: 200 }), body());
  expect(answer.status).toBe(200);
});

test("a wrong report gets Graph's error with every violation", async () => {
  const graph = await standIn();
  const content = { quality: { ...body().quality, callChainId: 'x', deviceName: '' } };
  const answer = await post(graph, content, { headers: { 'client-request-id': legId } });
  expect(answer.status).toBe(400);
  const error = await errorOf(answer);
  expect(error.code).toBe('BadRequest');
  expect(error.details?.map(({ target }) => target)).toEqual(['quality.callChainId', 'quality.deviceName']);
  expect(error.innerError['client-request-id']).toBe(legId);
  expect(error.innerError['date']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  expect(graph.accepted).toEqual([]);
  expect(graph.requests[0]?.violations).toHaveLength(2);
});

const refused: readonly (readonly [string, number, object])[] = [
  ['another path', 404, { path: '/v1.0/communications/calls' }],
  ['a path without version', 404, { path: '/communications/calls/logTeleconferenceDeviceQuality' }],
  ['GET', 405, { method: 'GET' }],
  ['text', 415, { headers: { 'Content-Type': 'text/plain' } }],
  ["a library's User-Agent", 400, { headers: { 'User-Agent': 'axios/1.21.1' } }],
  ['no client-request-id', 400, { headers: { 'client-request-id': '' } }],
];
test.each(refused)('%s is answered with %d', async (_, status, how) => {
  const graph = await standIn();
  expect((await post(graph, body(), how)).status).toBe(status);
  expect(graph.accepted).toEqual([]);
});

test('what is not JSON is refused and remembered as text', async () => {
  const graph = await standIn();
  expect((await post(graph, '{"quality":')).status).toBe(400);
  expect(graph.requests[0]).toMatchObject({ text: '{"quality":' });
  expect(graph.requests[0]).not.toHaveProperty('body');
});

test('a token is asked for where the option says so', async () => {
  const graph = await standIn({ bearer: true });
  expect((await post(graph, body())).status).toBe(401);
  expect((await post(graph, body(), { headers: { Authorization: 'Bearer t' } })).status).toBe(204);
});

test('a report that comes twice is accepted as Graph would, and remembered', async () => {
  const graph = await standIn();
  const other = randomUUID();
  for (const id of [legId, other, legId.toUpperCase()]) expect((await post(graph, body(id))).status).toBe(204);
  expect(graph.duplicates).toEqual([legId]);
});

test('scripted errors come in order, with their code and Retry-After', async () => {
  const script: (Fault | undefined)[] = [
    { status: 429, retryAfter: '7' },
    { status: 503, retryAfter: 'Wed, 21 Oct 2015 07:28:00 GMT' },
    { status: 403, code: '7503', message: 'Application is not registered in our store.' },
    undefined,
  ];
  const graph = await standIn({ fault: (_, before) => script[before] });
  const answers = [];
  for (const _ of script) answers.push(await post(graph, body()));
  expect(answers.map(({ status }) => status)).toEqual([429, 503, 403, 204]);
  expect(answers[0]?.headers.get('retry-after')).toBe('7');
  expect(answers[1]?.headers.get('retry-after')).toBe('Wed, 21 Oct 2015 07:28:00 GMT');
  expect(answers[2] && (await errorOf(answers[2]))).toMatchObject({ code: '7503' });
  expect(graph.accepted).toHaveLength(1);
  expect(graph.duplicates).toEqual([]);
});

test('it can break the connection', async () => {
  const graph = await standIn({ fault: () => 'close' });
  await expect(post(graph, body())).rejects.toThrow('fetch failed');
  expect(graph.requests).toHaveLength(1);
  expect(graph.requests[0]?.status).toBeUndefined();
});

test('it can leave a request unanswered, and still be closed', async () => {
  const graph = await standIn({ fault: () => 'hang' });
  const answer = post(graph, body()).catch((error: unknown) => error);
  await expect.poll(() => graph.requests.length, { timeout: 10_000 }).toBe(1);
  await graph.close();
  expect(await answer).toBeInstanceOf(Error);
});
