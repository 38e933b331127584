import { describe, expect, it } from 'vitest';
import { capture } from '../../../src/config/section/capture.ts';
import { reasons } from './reasons.ts';

describe('sources.capture', () => {
  it('is off unless it is asked for', () => {
    expect(capture.parse({})).toEqual({
      enabled: false,
      interface: 'any',
      tool: 'auto',
      tunnels: false,
      sip: { enabled: true, ports: [5060] },
    });
  });

  it('takes memory in octets', () => {
    expect(capture.parse({ ring: '64MiB' }).ring).toBe(64 * 1024 ** 2);
  });

  it.each(['eth0', 'any', 'bond0.100', 'br-lan', 'veth@if3', 'eth0:1'])('listens on %s', (name) => {
    expect(capture.parse({ interface: name }).interface).toBe(name);
  });

  it.each(['', '-w', '-i eth0', 'eth0; reboot', 'a b', 'x'.repeat(65)])('takes %j for no interface', (name) => {
    expect(reasons(capture, { interface: name })[0]).toBe('is not the name of a network interface');
  });

  it.each([
    [{ snapLength: 95 }],
    [{ snapLength: 65_536 }],
    [{ ring: '1MiB' }],
    [{ tool: 'tshark' }],
    [{ sip: { ports: [] } }],
    [{ sip: { ports: [0] } }],
    [{ sip: { ports: [65_536] } }],
    [{ filter: 'udp' }],
  ])('refuses %j', (value) => {
    expect(reasons(capture, value)).toHaveLength(1);
  });
});
