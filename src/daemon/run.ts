import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { version } from '../config/version.ts';
import { Daemon } from './daemon.ts';
import { notifySystemd, watchdogSeconds } from './notify.ts';

/** Exit codes of `otherleg run`. */
const DRAINED = 0;
const REPORTS_LEFT = 3;

/** A drain that was cut short has this long to write down what was under way. Milliseconds. */
const HURRY_MILLIS = 2_000;
/**
 * A stop may take so long beyond drain.deadline: a database that swallows what it is sent answers neither a lease nor its end.
 * With the deadline of 25 s it is over before the unit's TimeoutStopSec. Milliseconds.
 */
const STOP_MILLIS = 12_000;

type Stop = {
  readonly asked: Promise<NodeJS.Signals>;
  /** What the second signal does; before it is told, the process ends at once. */
  onSecond(hurry: () => void): void;
};

/** The first SIGTERM or SIGINT asks to stop, the second cuts the drain short, the third ends the process as it is. */
function stopSignals(log: Logger): Stop {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let count = 0;
  let hurry: (() => void) | undefined;
  const numbers = { SIGINT: 2, SIGTERM: 15 } as const;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const end = () => process.exit(128 + numbers[signal]);
    process.on(signal, () => {
      count += 1;
      if (count === 1) {
        log.info({ op: 'stop', signal }, 'stopping; a second signal stops at once');
        return resolve(signal);
      }
      if (count > 2 || hurry === undefined) return end();
      log.info({ op: 'stop', signal }, 'stopping at once');
      hurry();
      setTimeout(end, HURRY_MILLIS).unref();
    });
  }
  const onSecond = (then: () => void): void => {
    hurry = then;
  };
  return { asked: promise, onSecond };
}

/** Reads the configuration again at SIGHUP. One that is wrong changes nothing. */
function reloadAtHangup(daemon: Daemon, read: () => Config, log: Logger): void {
  process.on('SIGHUP', () => {
    try {
      const restart = daemon.reload(read());
      log.info(
        { op: 'reload', restart },
        restart.length === 0
          ? 'configuration read again'
          : 'configuration read again; what is named under restart takes effect with the next start',
      );
    } catch (error) {
      daemon.reloadFailed();
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ op: 'reload', reason }, 'the configuration is wrong and was not taken');
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

/** What a running agent is made of. `read`: the configuration as it is on disk now; throws CONFIG_INVALID. */
export type Running = {
  readonly config: Config;
  readonly read: () => Config;
  readonly log: Logger;
  readonly environment: NodeJS.ProcessEnv;
};

/** Runs the agent until it is told to stop; answers the exit code. Rejects if it cannot start. */
export async function runAgent({ config, read, log, environment }: Running): Promise<number> {
  const stop = stopSignals(log);
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
  reloadAtHangup(daemon, read, log);
  notifySystemd(environment, '--ready');
  const watchdog = feedWatchdog(daemon, environment);
  stop.onSecond(() => daemon.hurry());
  await stop.asked;
  notifySystemd(environment, 'STOPPING=1');
  const late = setTimeout(
    () => {
      log.warn({ op: 'stop' }, 'stopping takes too long; what is left is sent after the next start');
      process.exit(REPORTS_LEFT);
    },
    STOP_MILLIS + config.drain.deadline * 1000,
  );
  const left = await daemon.drain();
  clearTimeout(late);
  clearInterval(watchdog);
  log.info({ op: 'stop', left }, left === 0 ? 'drained' : 'stopped; the reports left are sent after the next start');
  return left === 0 ? DRAINED : REPORTS_LEFT;
}
