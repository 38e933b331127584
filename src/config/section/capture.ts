import { z } from 'zod';
import { octets } from '../value/octets.ts';

const sip = z
  .strictObject({
    enabled: z
      .boolean()
      .prefault(true)
      .describe('Whether calls are found by the SIP that passes in clear: their begin, media and end.'),
    ports: z
      .array(z.int().min(1).max(65_535))
      .min(1, { error: 'must name at least one port' })
      .max(16)
      .prefault([5060])
      .describe('Ports of the signalling, UDP and TCP.'),
  })
  .prefault({})
  .describe('Legs that the agent finds itself.');

/** Measuring legs by their packets, as they pass the host. */
export const capture = z
  .strictObject({
    enabled: z
      .boolean()
      .prefault(false)
      .describe('Whether legs are measured by their packets. Needs tcpdump and the right CAP_NET_RAW.'),
    interface: z
      .string()
      .regex(/^[\w.:@-]{1,64}$/, { error: 'is not the name of a network interface' })
      .regex(/^[^-]/, { error: 'is not the name of a network interface' })
      .prefault('any')
      .describe('Network interface that the media pass; any = all of them.'),
    tool: z
      .enum(['auto', 'tcpdump', 'dumpcap'])
      .prefault('auto')
      .describe('The program that captures; auto: tcpdump, and dumpcap where there is none.'),
    snapLength: z
      .int()
      .min(96)
      .max(65_535)
      .exactOptional()
      .describe(
        'Octets of each packet that are read: headers, RTCP and the height of pictures. What lies beyond is never seen. Without it 256, and 512 once a leg has SRTP keys.',
      ),
    ring: octets({ least: '2MiB', most: '1GiB' })
      .exactOptional()
      .describe(
        'Memory for packets that wait while the machine is busy; without it enough for 3.5 s at 80,000 packets/s.',
      ),
    tunnels: z
      .boolean()
      .prefault(false)
      .describe('Whether packets in tunnels are measured: GRE, ERSPAN, IP in IP, VXLAN, Geneve, GTP.'),
    sip,
  })
  .prefault({})
  .describe('Packets as they pass the host, read by a child tcpdump.');
