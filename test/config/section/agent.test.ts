import { describe, expect, it } from 'vitest';
import { agent } from '../../../src/config/section/agent.ts';
import { reasons } from './reasons.ts';

describe('agent.name', () => {
  it.each([
    ['a', []],
    ['a'.repeat(64), []],
    ['a'.repeat(65), ['must have 64 characters at most']],
    [' ', ['must not be empty']],
  ])('%j', (name, want) => {
    expect(reasons(agent, { name })).toEqual(want);
  });
});

describe('agent.gatewayProcess', () => {
  it.each([
    ['/run/gateway.pid', []],
    ['pexip-mcu', []],
    ['run/gateway.pid', ['is neither an absolute path nor the name of a process']],
    ['x'.repeat(16), ['is neither an absolute path nor the name of a process']],
    ['', ['is neither an absolute path nor the name of a process']],
  ])('%j', (gatewayProcess, want) => {
    expect(reasons(agent, { gatewayProcess })).toEqual(want);
  });
});
