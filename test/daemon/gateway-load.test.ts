import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatewayLoad } from '../../src/daemon/gateway-load.ts';
import { processTicks, systemTicks } from '../../src/daemon/proc-stat.ts';
import { someLeg } from '../http/agent-fake.ts';

const SLOT = 5;
let proc = '';
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'otherleg-proc-'));
});
afterEach(() => rmSync(proc, { recursive: true }));

const statOf = (ticks: number, name = 'gw (x) y') =>
  `4711 (${name}) S 1 4711 4711 0 -1 4194560 1 2 3 4 ${ticks - 10} 10 0 0 20 0 8 0 100 0 0 184 0\n`;

/** A host with two processors whose clock ticks 100 times a second: 200 ticks a second in all. */
function write(seconds: number, busy: number, processes: Record<string, { ticks: number; name?: string }>): void {
  const total = 200 * seconds;
  const [user, idle] = [Math.round(busy), Math.round(total - busy)];
  writeFileSync(join(proc, 'stat'), `cpu  ${user - 5} 5 0 ${idle - 7} 7 0 0 0 3 0\ncpu0 1 1 1 1\nbtime 1\n`);
  for (const [pid, { ticks, name = 'gateway' }] of Object.entries(processes)) {
    mkdirSync(join(proc, pid), { recursive: true });
    writeFileSync(join(proc, pid, 'stat'), statOf(ticks, name));
    writeFileSync(join(proc, pid, 'comm'), `${name}\n`);
  }
}

const leg = (startedAt: number, endedAt: number) => ({ ...someLeg, startedAt, endedAt });

describe('GatewayLoad', () => {
  it('tells average and maximum of process and host, percent of all processors', () => {
    const load = new GatewayLoad('gateway', SLOT, proc);
    // Of 1,000 ticks a slot: the gateway 100, then 300; the host 250, then 500.
    write(100, 5000, { 31: { ticks: 100 } });
    load.look(600);
    write(105, 5250, { 31: { ticks: 200 } });
    load.look(605);
    write(110, 5750, { 31: { ticks: 500 } });
    load.look(610);
    expect(load.during(leg(600, 700), 60)).toEqual([
      { processAverageCPU: [20], processMaxCPU: [30], systemAverageCPU: [37.5], systemMaxCPU: [50] },
    ]);
    expect(load.during(leg(600, 700), 5)).toEqual([
      { processAverageCPU: [10, 30], processMaxCPU: [10, 30], systemAverageCPU: [25, 50], systemMaxCPU: [25, 50] },
    ]);
    expect(load.during(leg(500, 600), 60)).toEqual([]);
    expect(load.during(leg(606, 700), 5)).toHaveLength(1);
  });

  it('adds up all processes of the name, and takes one that is gone or new for none of it', () => {
    const load = new GatewayLoad('gateway', SLOT, proc);
    write(100, 5000, { 31: { ticks: 100 }, 32: { ticks: 50 }, 33: { ticks: 0, name: 'other' } });
    load.look(600);
    write(105, 5500, { 31: { ticks: 200 }, 32: { ticks: 150 }, 33: { ticks: 900, name: 'other' }, 34: { ticks: 77 } });
    load.look(605);
    expect(load.during(leg(600, 700), 5)[0]?.processAverageCPU).toEqual([20]);
    rmSync(join(proc, '31'), { recursive: true });
    rmSync(join(proc, '32'), { recursive: true });
    rmSync(join(proc, '34'), { recursive: true });
    write(110, 6000, {});
    load.look(610);
    expect(load.during(leg(600, 700), 5)[0]?.processAverageCPU).toEqual([20]);
  });

  it('finds the process by its pid file, and again after it restarted', () => {
    const file = join(proc, 'gateway.pid');
    const load = new GatewayLoad(file, SLOT, proc);
    write(100, 5000, { 31: { ticks: 100 } });
    load.look(600);
    expect(load.during(leg(600, 700), 5)).toEqual([]);
    writeFileSync(file, '31\n');
    write(105, 5500, { 31: { ticks: 150 } });
    load.look(605);
    write(110, 6000, { 31: { ticks: 250 } });
    load.look(610);
    writeFileSync(file, '99\n');
    write(115, 6500, { 99: { ticks: 10 } });
    load.look(615);
    write(120, 7000, { 99: { ticks: 60 } });
    load.look(620);
    // The slot of the restart has no load that is known: two runs.
    expect(load.during(leg(600, 700), 5).map(({ processAverageCPU }) => processAverageCPU)).toEqual([[10], [5]]);
  });

  it('takes no slot that was missed, and nothing without /proc', () => {
    const load = new GatewayLoad('gateway', SLOT, proc);
    write(100, 5000, { 31: { ticks: 100 } });
    load.look(600);
    write(130, 5500, { 31: { ticks: 900 } });
    load.look(630);
    expect(load.during(leg(600, 700), 60)).toEqual([]);
    const none = new GatewayLoad('gateway', SLOT, join(proc, 'nothing'));
    none.look(600);
    none.look(605);
    expect(none.during(leg(0, 700), 60)).toEqual([]);
  });

  it('remembers a day', () => {
    const load = new GatewayLoad('gateway', SLOT, proc);
    for (let slot = 0; slot <= 17_400; slot += 1) {
      if (slot % 1000 === 0 || slot < 3) write(100 + slot * 5, 5000, { 31: { ticks: 100 } });
      if (slot % 1000 === 1) write(100 + slot * 5, 5000, { 31: { ticks: 200 } });
      load.look(slot * 5);
    }
    const [run] = load.during(leg(0, Number.POSITIVE_INFINITY), 5);
    expect(run?.processAverageCPU.length ?? 0).toBeLessThanOrEqual(17_281);
  });
});

describe('/proc', () => {
  it.each([
    ['cpu  10 5 20 100 15 1 2 3 4 5\n', { total: 156, busy: 41 }],
    ['cpu0 1 2 3 4 5\n', undefined],
    ['cpu 1 2\n', undefined],
    ['', undefined],
  ])('reads %j', (text, want) => expect(systemTicks(text)).toEqual(want));

  it.each([
    [statOf(123), 123],
    [statOf(123, ') S 1 2 3 ('), 123],
    ['4711 (x) S', undefined],
    ['', undefined],
  ])('reads a process of %j', (text, want) => expect(processTicks(text)).toBe(want));
});
