import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addressText } from '../../src/packet/address.ts';
import { CaptureFile } from '../../src/packet/capture-file.ts';
import { Datagram, Decapsulator, UDP } from '../../src/packet/datagram.ts';
import { ascii, concat, ethernet, hex, ipv4, ipv6, pcap, udp } from './wire.ts';

const all = process.env['OTHERLEG_TEST_ALL'] === '1';
const answers = (command: string, ...args: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Every UDP datagram of a capture file: `10.0.0.1:5004 > 10.0.0.2:6004 payload`. */
function datagrams(file: Uint8Array): readonly string[] {
  const found: string[] = [];
  const decapsulator = new Decapsulator();
  const out = new Datagram();
  const capture = new CaptureFile({
    record: (octets, view, start, end, micros, linkType) => {
      if (!decapsulator.locate(octets, view, start, end, linkType, out, micros) || out.protocol !== UDP) return;
      const [from, to] = [out.source, out.destination].map((address) => addressText(address, out.addressFamily));
      const payload = new TextDecoder('latin1').decode(out.octets.subarray(out.start, out.end));
      found.push(`${from}:${out.sourcePort} > ${to}:${out.destinationPort} ${payload}`);
    },
    drops: () => {},
  });
  capture.push(file);
  capture.end();
  return found;
}

const hasTshark = answers('tshark', '--version');

describe.skipIf(!hasTshark && !all)(`tunnels${hasTshark ? '' : ' (needs apt-get install -y tshark)'}`, () => {
  const inner = ipv4(udp(ascii('inside')), { source: '10.1.0.1', destination: '10.2.0.2' });
  const inner6 = ipv6(udp(ascii('inside')));
  const frame = ethernet(inner);
  const gre = (...parts: readonly Uint8Array[]) => ipv4(concat(...parts), { protocol: 47 });
  /** Version 1 and 2, VLAN 100, session 9: what the header of each type begins with. */
  const second = hex('1064 0009 00000123');
  const third = (last: string) => hex(`2064 0009 00c0ffee 0000 ${last}`);
  const packets: Readonly<Record<string, Uint8Array>> = {
    'ERSPAN I': gre(hex('0000 88be'), frame),
    'ERSPAN II': gre(hex('1000 88be 00000007'), second, frame),
    'ERSPAN II, key': gre(hex('3000 88be 00000064 00000007'), second, frame),
    'ERSPAN III': gre(hex('1000 22eb 00000007'), third('0000'), frame),
    'ERSPAN III, subheader': gre(hex('1000 22eb 00000007'), third('0071'), hex('3000000000000000'), frame),
    'ERSPAN III over IPv6': ipv6(concat(hex('1000 22eb 00000007'), third('0000'), frame), 47),
    'ERSPAN II, VLAN inside': gre(hex('1000 88be 00000007'), second, ethernet(concat(hex('0064 0800'), inner), 0x8100)),
    IPIP: ipv4(inner, { protocol: 4 }),
    '6in4': ipv4(inner6, { protocol: 41 }),
    '4in6': ipv6(inner, 4),
    '6in6': ipv6(inner6, 41),
    'GRE, key': gre(hex('2000 0800 00000064'), inner),
    'GRE, Ethernet': gre(hex('0000 6558'), frame),
    VXLAN: ipv4(udp(concat(hex('08000000 00000500'), frame), 40000, 4789)),
    Geneve: ipv4(udp(concat(hex('0240 6558 00000100 0102 0301 00000000'), frame), 40000, 6081)),
    'GTP-U': ipv4(udp(concat(hex('30ff 0022 00000001'), inner), 2152, 2152)),
  };

  it('hold what tshark finds in them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'otherleg-tunnel-'));
    const path = join(folder, 'tunnels.pcap');
    const records = Object.values(packets).map((packet, index) => ({
      seconds: 1000 + index,
      fraction: 0,
      data: packet,
    }));
    writeFileSync(path, pcap(records, { linkType: 101 }));
    const fields = ['ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst', 'udp.srcport', 'udp.dstport', 'frame.protocols'];
    const text = execFileSync('tshark', ['-r', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const read = datagrams(readFileSync(path));
    rmSync(folder, { recursive: true });
    const innermost = (list = ''): string => list.split(',').at(-1) ?? '';
    const told = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line, index) => {
        const [source, destination, source6, destination6, from, to, protocols = ''] = line.split('\t');
        const is6 = protocols.lastIndexOf(':ipv6') > protocols.lastIndexOf(':ip:');
        const ends = is6 ? [source6, destination6] : [source, destination];
        return [
          Object.keys(packets)[index],
          `${innermost(ends[0])}:${innermost(from)} > ${innermost(ends[1])}:${innermost(to)} inside`,
        ];
      });
    expect(Object.keys(packets).map((name, index) => [name, read[index]])).toEqual(told);
    expect(told).toHaveLength(16);
  });
});

/** Tunnels that the kernel may make, and the devices that take them. */
const DEVICES: Readonly<Record<string, string>> = {
  ipip: 'type ipip local 10.9.0.1 remote 10.9.0.2',
  sit: 'type sit local 10.9.0.1 remote 10.9.0.2',
  gre: 'type gre local 10.9.0.1 remote 10.9.0.2 key 7 csum seq',
  gretap: 'type gretap local 10.9.0.1 remote 10.9.0.2',
  erspan1: 'type erspan local 10.9.0.1 remote 10.9.0.2 key 100 erspan_ver 0',
  erspan2: 'type erspan local 10.9.0.1 remote 10.9.0.2 seq key 100 erspan_ver 1 erspan 123',
  erspan3: 'type erspan local 10.9.0.1 remote 10.9.0.2 seq key 100 erspan_ver 2 erspan_dir ingress erspan_hwid 7',
  geneve: 'type geneve id 7 remote 10.9.0.2',
  vxlan: 'type vxlan id 7 remote 10.9.0.2 dstport 4789',
  vxlan8472: 'type vxlan id 7 remote 10.9.0.2 dstport 8472',
};

/** One namespace, gone with its shell: a wire, a tunnel over it that nobody answers, and what tcpdump sees of it. */
const script = (device: string, file: string): string => `
set -e
ip link set lo up
ip link add w0 type veth peer name w1
ip addr add 10.9.0.1/24 dev w0
ip link set w1 up
ip link set w0 up
ip neigh replace 10.9.0.2 lladdr 02:00:00:00:00:02 dev w0
ip link add t0 ${device} || exit 3
ip link set t0 up
if [ '${device}' = '${DEVICES['sit']}' ]; then
  ip addr add fd00:8::1/64 dev t0 nodad
  to=fd00:8::2
else
  ip addr add 10.8.0.1/24 dev t0
  to=10.8.0.2
fi
ip neigh replace $to lladdr 02:00:00:00:00:08 dev t0 2>/dev/null || true
tcpdump -i w0 -U --immediate-mode -w '${file}' 2>'${file}.log' &
child=$!
until grep -q listening '${file}.log'; do sleep 0.02; done
echo -n 'by the kernel' >/dev/udp/$to/6004
for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.05; if grep -q 'by the kernel' '${file}'; then break; fi; done
kill $child
wait $child || true
`;

const missing = ['ip', 'tcpdump', 'unshare'].filter((name) => !answers('sh', '-c', `command -v ${name}`));
const mayUnshare = answers('unshare', '-n', 'true');
const reason =
  missing.length > 0
    ? ' (needs apt-get install -y iproute2 tcpdump util-linux)'
    : mayUnshare
      ? ''
      : ' (needs root, for a network namespace)';

describe.skipIf(reason !== '' && !all)(`tunnels of this kernel${reason}`, { timeout: 30_000 }, () => {
  it('hold what was sent through them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'otherleg-tunnel-'));
    const sent: string[] = [];
    for (const [name, device] of Object.entries(DEVICES)) {
      const file = join(folder, `${name}.pcap`);
      const { status, stderr } = spawnSync('unshare', ['-n', 'bash', '-c', script(device, file)], { encoding: 'utf8' });
      if (status === 3) continue; // this kernel makes none of the kind
      expect([name, status, stderr]).toEqual([name, 0, expect.anything()]);
      sent.push(name);
      const to = name === 'sit' ? 'fd00:8::2' : '10.8.0.2';
      expect([name, datagrams(readFileSync(file))]).toEqual([
        name,
        expect.arrayContaining([expect.stringMatching(new RegExp(` > ${to}:6004 by the kernel$`))]),
      ]);
    }
    rmSync(folder, { recursive: true });
    expect(sent).not.toEqual([]);
  });
});
