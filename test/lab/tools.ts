import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, it } from 'vitest';

/** A program or file, and the Debian packages that bring it. */
type Part = { readonly isHere: () => boolean; readonly packages: readonly string[] };

const answers = (command: string, ...args: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

const HAS_GSTREAMER = `
import gi
gi.require_version('Gst', '1.0')
from gi.repository import Gst
Gst.init(None)
assert all(Gst.ElementFactory.find(name) for name in ('rtpbin', 'opusenc', 'vp8enc', 'srtpenc'))`;

const PARTS = {
  ip: { isHere: () => answers('ip', '-V'), packages: ['iproute2'] },
  gcc: {
    isHere: () => existsSync('/usr/include/stdio.h') && answers('gcc', '--version'),
    packages: ['gcc', 'libc6-dev'],
  },
  tcpdump: { isHere: () => answers('tcpdump', '--version'), packages: ['tcpdump'] },
  gstreamer: {
    isHere: () => answers('/usr/bin/python3', '-c', HAS_GSTREAMER),
    packages: [
      'python3-gi',
      'gir1.2-gstreamer-1.0',
      'gstreamer1.0-plugins-base',
      'gstreamer1.0-plugins-good',
      'gstreamer1.0-plugins-bad',
    ],
  },
  baresip: { isHere: () => existsSync('/usr/lib/baresip/modules/vp8.so'), packages: ['baresip-core'] },
} satisfies Record<string, Part>;

export type Tool = keyof typeof PARTS;

/** What keeps a lab from being set up here, with what cures it; undefined if nothing does. */
function obstacle(tools: readonly Tool[]): string | undefined {
  const missing = (['ip', 'gcc', 'tcpdump', ...tools] as const).flatMap((tool) =>
    PARTS[tool].isHere() ? [] : PARTS[tool].packages,
  );
  if (missing.length > 0) return `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0) return 'needs root, for network namespaces';
  if (!existsSync('/dev/net/tun')) return 'needs /dev/net/tun: modprobe tun';
  return answers('ip', 'netns', 'add', 'otherleg-lab-probe') && answers('ip', 'netns', 'del', 'otherleg-lab-probe')
    ? undefined
    : 'may not make network namespaces: needs CAP_SYS_ADMIN and CAP_NET_ADMIN';
}

/** Skipped, with the reason in the name, where a lab cannot be; a failure where nothing may be skipped. */
export function describeLab(name: string, tools: readonly Tool[], body: () => void): void {
  const reason = process.env['OTHERLEG_TEST_ALL'] === '1' ? undefined : obstacle(tools);
  if (reason === undefined) describe(name, { timeout: 300_000 }, body);
  else describe.skip(name, () => it(reason, () => {}));
}
