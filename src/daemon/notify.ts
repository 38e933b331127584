import { execFile } from 'node:child_process';

/**
 * Tells systemd how the service is (sd_notify(3)). Node has no datagram sockets of AF_UNIX, so the tool of systemd does
 * it as a child (the unit has NotifyAccess=all). Without systemd, or without the tool, nothing happens.
 */
export function notifySystemd(environment: NodeJS.ProcessEnv, ...assignments: readonly string[]): void {
  if (environment['NOTIFY_SOCKET'] === undefined) return;
  execFile('systemd-notify', [...assignments], { timeout: 5000 }, () => undefined);
}

/** How often to tell the watchdog that work goes on, seconds; undefined where none listens. */
export function watchdogSeconds(environment: NodeJS.ProcessEnv): number | undefined {
  const micros = Number(environment['WATCHDOG_USEC']);
  return Number.isFinite(micros) && micros > 0 ? micros / 2e6 : undefined;
}
