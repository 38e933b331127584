import { describe, expect, it, test } from 'vitest';
import { captureCommand, findProgram, findTool } from '../../../src/source/capture/command.ts';
import { restraint, self } from '../../../src/source/capture/rights.ts';
import { ringOctets, slotOctets } from '../../../src/source/capture/ring.ts';

const ASK = { interface: 'eth0', snapLength: 256, ring: 64 * 1024 ** 2, filter: 'udp port 0' };
const NET_RAW_ALONE = 1n << 13n;
const ALL = (1n << 41n) - 1n;

describe('the rights of the child', () => {
  test.each([
    {
      who: 'a service with one right',
      self: { user: 999, capabilities: NET_RAW_ALONE },
      prefix: ['/x', '--pdeathsig', 'KILL', '--'],
      keepsUser: false,
    },
    {
      who: 'root with few rights',
      self: { user: 0, capabilities: NET_RAW_ALONE },
      prefix: ['/x', '--pdeathsig', 'KILL', '--nnp', '--'],
      keepsUser: true,
    },
  ])('of $who', ({ self, prefix, keepsUser }) => {
    expect(restraint(self, '/x')).toEqual({ prefix, keepsUser });
  });

  it('of root are one, and another user', () => {
    const { prefix, keepsUser } = restraint({ user: 0, capabilities: ALL }, '/x');
    expect(keepsUser).toBe(false);
    expect(prefix).toEqual([
      ...['/x', '--pdeathsig', 'KILL', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--nnp'],
      ...['--inh-caps=-all,+net_raw', '--ambient-caps=-all,+net_raw', '--bounding-set=-all,+net_raw', '--'],
    ]);
  });

  it('are its own without setpriv', () => {
    expect(restraint({ user: 0, capabilities: ALL }, undefined)).toEqual({ prefix: [], keepsUser: false });
  });

  it('of this process are read', () => {
    expect(self().user).toBe(process.getuid?.());
    expect(self().capabilities).toBeGreaterThanOrEqual(0n);
  });
});

describe('the command', () => {
  const service = { user: 999, capabilities: NET_RAW_ALONE };

  it('of tcpdump', () => {
    const { tool, args } = captureCommand({ tool: 'tcpdump', path: '/t' }, ASK, service);
    expect(tool).toBe('tcpdump');
    expect(args.join(' ')).toContain('/t -n --immediate-mode -U -i eth0 -s 256 -B 65536 -w - udp port 0');
    expect(args.at(-1)).toBe('udp port 0');
  });

  it('of dumpcap', () => {
    const { args } = captureCommand({ tool: 'dumpcap', path: '/d' }, ASK, service);
    expect(args.join(' ')).toContain('/d -q -i eth0 -s 256 -B 64 -w - -f udp port 0');
  });

  it('keeps root where root cannot be left', () => {
    const { args } = captureCommand({ tool: 'tcpdump', path: '/t' }, ASK, { user: 0, capabilities: NET_RAW_ALONE });
    expect(args.join(' ')).toContain('-Z root');
  });
});

describe('programs', () => {
  it('are found where administrators have them, whatever the path', () => {
    const before = process.env['PATH'];
    process.env['PATH'] = '/nowhere';
    try {
      expect(findProgram('sh')).toBe('/usr/bin/sh');
    } finally {
      process.env['PATH'] = before;
    }
  });

  it('that are not there are not found', () => {
    expect(findProgram('no-such-program')).toBeUndefined();
    expect(findTool([])).toBeUndefined();
  });
});

describe('the ring', () => {
  test.each([
    [96, 4096 / 23],
    [160, 4096 / 17],
    [256, 4096 / 12],
    [65_535, 65_616],
  ])('has slots for a snap length of %d of %d octets', (snap, slot) => {
    expect(slotOctets(snap)).toBe(slot);
  });

  it('holds by default what comes in three seconds and a half at 80,000 packets a second', () => {
    expect(ringOctets(256)).toBe(92 * 1024 ** 2);
    expect(ringOctets(256, 200_000, 3)).toBe(196 * 1024 ** 2);
  });
});
