import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { type Refuse, textValue } from '../value/text-value.ts';

/** Linux cuts the name of a process there (proc(5), /proc/PID/comm). */
const COMM = /^[^/]{1,15}$/;

function readProcess(text: string, refuse: Refuse): string {
  if (isAbsolute(text) || COMM.test(text)) return text;
  return refuse(
    'is neither an absolute path nor the name of a process',
    'write /run/gateway.pid, or its name as in /proc/PID/comm',
  );
}

/** Who this agent is in the store that it may share with others, and whose load it looks at. */
export const agent = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, { error: 'must not be empty' })
    .max(64, { error: 'must have 64 characters at most' })
    .exactOptional()
    .describe("Name of this agent, unique among agents that share a store; without it the machine's host name."),
  gatewayProcess: textValue({ read: readProcess, write: String })
    .exactOptional()
    .describe('Gateway whose load is shown in qualities: path of its pid file, or its name (/proc/PID/comm). Linux.'),
});
