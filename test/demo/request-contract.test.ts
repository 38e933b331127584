import { expect, test } from 'vitest';
import { headerViolations } from '../../src/demo/request-contract.ts';

const right = {
  'user-agent': 'otherleg/0.1.0',
  'content-type': 'application/json',
  'client-request-id': 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f',
};

test('the required headers are enough', () => expect(headerViolations(right, { bearer: false })).toEqual([]));

test('a charset and more words after the product do no harm', () => {
  const headers = { ...right, 'content-type': 'application/json; charset=utf-8', 'user-agent': 'otherleg/1.0 (Linux)' };
  expect(headerViolations(headers, { bearer: false })).toEqual([]);
});

const wrong: readonly (readonly [string, object, string])[] = [
  ['no User-Agent', { 'user-agent': undefined }, 'User-Agent'],
  ['a User-Agent without version', { 'user-agent': 'otherleg' }, 'User-Agent'],
  ["the library's User-Agent", { 'user-agent': 'axios/1.21.1' }, 'User-Agent'],
  ['no Content-Type', { 'content-type': undefined }, 'Content-Type'],
  ['text', { 'content-type': 'text/plain' }, 'Content-Type'],
  ['a kind of JSON', { 'content-type': 'application/jsonlines' }, 'Content-Type'],
  ['no client-request-id', { 'client-request-id': undefined }, 'client-request-id'],
  ['a client-request-id that is no GUID', { 'client-request-id': '42' }, 'client-request-id'],
];
test.each(wrong)('%s is a violation', (_, headers, name) => {
  expect(headerViolations({ ...right, ...headers }, { bearer: false })).toEqual([expect.stringMatching(`^${name}: `)]);
});

test.each([undefined, 'Basic abc', 'Bearer ', 'abc'])('Authorization %j is no token', (authorization) => {
  const headers = authorization === undefined ? right : { ...right, authorization };
  expect(headerViolations(headers, { bearer: true })).toEqual(['Authorization: is not Bearer {token}']);
});

test('a token is taken where one is asked for', () => {
  expect(headerViolations({ ...right, authorization: 'Bearer abc.def' }, { bearer: true })).toEqual([]);
});
