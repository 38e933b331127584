import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { version } from '../config/version.ts';
import { Daemon } from './daemon.ts';
import { notifySystemd, watchdogSeconds } from './notify.ts';

/** Exit codes of `otherleg run`. */
const DRAINED = 0;
const REPORTS_LEFT = 3;

/** Resolves at the first SIGTERM or SIGINT; the second ends the process at once, as 128 + its number. */
function untilSignalled(log: Logger): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first = true;
    const numbers = { SIGINT: 2, SIGTERM: 15 } as const;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (!first) process.exit(128 + numbers[signal]);
        first = false;
        log.info({ op: 'stop', signal }, 'stopping; a second signal stops at once');
        resolve(signal);
      });
    }
  });
}

/** Feeds systemd's watchdog while slots are closed and written: a timer alone would prove only that timers run. */
function feedWatchdog(daemon: Daemon, environment: NodeJS.ProcessEnv): NodeJS.Timeout | undefined {
  const seconds = watchdogSeconds(environment);
  if (seconds === undefined) return undefined;
  return setInterval(() => {
    if (daemon.progressing()) notifySystemd(environment, 'WATCHDOG=1');
  }, seconds * 1000);
}

/** Runs the agent until it is told to stop; answers the exit code. Rejects if it cannot start. */
export async function runAgent(config: Config, log: Logger, environment: NodeJS.ProcessEnv): Promise<number> {
  const stop = untilSignalled(log);
  const daemon = new Daemon(config, { log });
  try {
    const listening = await daemon.start();
    log.info(
      { op: 'start', version: version(), agent: config.agent.name, listening, node: process.version },
      'otherleg is up',
    );
  } catch (error) {
    await daemon.close().catch(() => undefined);
    throw error;
  }
  notifySystemd(environment, '--ready');
  const watchdog = feedWatchdog(daemon, environment);
  await stop;
  notifySystemd(environment, 'STOPPING=1');
  const left = await daemon.drain();
  clearInterval(watchdog);
  log.info({ op: 'stop', left }, left === 0 ? 'drained' : 'stopped; the reports left are sent after the next start');
  return left === 0 ? DRAINED : REPORTS_LEFT;
}
