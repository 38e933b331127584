import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { CaptureEngine, CaptureEngineOptions, LaneState } from '../../../src/source/capture/capture-engine.ts';
import { findProgram, type Tool } from '../../../src/source/capture/command.ts';
import { childrenOf, cure, fromHere, legOf, rigOf, senderTo, skipped, until } from './engine-rig.ts';

const NAME = 'the capture engine';

describe.skipIf(skipped)(`${NAME} ${cure}`, () => {
  const engines: CaptureEngine[] = [];
  const senders: { close(): void }[] = [];
  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine.stop()));
    for (const sender of senders.splice(0)) sender.close();
  });

  function begun(options: Partial<CaptureEngineOptions> = {}) {
    const rig = rigOf(options);
    engines.push(rig.engine);
    rig.engine.start();
    return rig;
  }

  const sender = (...args: Parameters<typeof senderTo>) => {
    const made = senderTo(...args);
    senders.push(made);
    return made;
  };

  /** Resolves when packets of these ports come through. */
  async function following(rig: ReturnType<typeof rigOf>, ...ports: readonly number[]): Promise<void> {
    for (const port of ports) rig.engine.follow(legOf(`leg ${port}`, port));
    const isIn = (filter = ''): boolean => ports.every((port) => filter.includes(`${port}`));
    await until(async () => {
      const { media } = await rig.engine.look();
      return media.state === 'live' && isIn(media.filter);
    });
  }

  /** The end of a leg waits 500 ms. Timers fire in their order however late: a busy machine changes nothing in who is first. */
  const isInTime = async (released: Promise<void>): Promise<boolean> =>
    (await Promise.race([released, sleep(500, 'late')])) !== 'late';

  const flood = (port: number, count: number) =>
    spawn(process.execPath, [`${import.meta.dirname}/flood.ts`, `${port}`, `${count}`], { stdio: 'ignore' });

  it.each(['lo', 'any'])('counts every packet on %s once, up to the last before the end of a leg', async (name) => {
    const rig = begun({ interface: name });
    await following(rig, 42_000);
    const { send } = sender(42_000);
    await send(2000);
    expect(await isInTime(rig.engine.release('leg 42000', fromHere()))).toBe(true);
    expect(await rig.counted()).toMatchObject({ records: 2000, distinct: 2000, disorder: 0, dropped: 0, taints: [] });
  });

  it.skipIf(findProgram('dumpcap') === undefined)('counts every packet where dumpcap has to do', async () => {
    const rig = begun({ tool: 'dumpcap' });
    await following(rig, 42_005);
    await sender(42_005).send(500);
    expect(await isInTime(rig.engine.release('leg 42005', fromHere()))).toBe(true);
    expect(await rig.counted()).toMatchObject({ records: 500, distinct: 500, disorder: 0, dropped: 0, taints: [] });
  });

  it('tells the thread of devices that are configured later', async () => {
    const { engine, counted } = begun({ networks: ['10.1.0.0/16'] });
    expect((await counted()).networks).toEqual([]);
    engine.devices(['10.1.0.0/16', '10.9.0.0/16']);
    expect((await counted()).networks).toEqual(['10.1.0.0/16', '10.9.0.0/16']);
  });

  it('sees IPv6 and RTCP of the next port, and no other port', async () => {
    const rig = begun();
    await following(rig, 42_010);
    for (const [port, address] of [
      [42_010, '::1'],
      [42_011, '127.0.0.1'],
      [42_012, '127.0.0.1'],
    ] as const) {
      await sender(port, address).send(10);
    }
    await rig.engine.release('leg 42010', fromHere());
    expect((await rig.counted()).records).toBe(20);
  });

  it('keeps the begin of each packet', async () => {
    const rig = begun({ snapLength: 128 });
    await following(rig, 42_020);
    await sender(42_020).send(10, 1200);
    await rig.engine.release('leg 42020', fromHere());
    expect((await rig.counted()).octets).toBe(10 * 128);
  });

  it('keeps more of each packet once a leg has keys, and loses and doubles none meanwhile', async () => {
    const rig = begun();
    await following(rig, 42_030);
    const { send } = sender(42_030);
    const sizes = async () => (await rig.counted()).octets;
    await send(10, 1200);
    await until(async () => (await sizes()) === 10 * 256);
    const sending = (async () => {
      for (let turn = 0; turn < 40; turn += 1) await Promise.all([send(20), sleep(15)]);
    })();
    const keys = [{ direction: 'inbound', suite: 'AES_CM_128_HMAC_SHA1_80', key: 'A'.repeat(40) }] as const;
    rig.engine.follow({ ...legOf('leg 42030', 42_030), keys });
    await sending;
    await until(async () => (await rig.counted()).records === 810);
    const before = await sizes();
    await send(10, 1200);
    await rig.engine.release('leg 42030', fromHere());
    // The numbers of packets are at their end: those that are cut all look like one.
    expect(await rig.counted()).toMatchObject({ octets: before + 10 * 512, records: 820, distinct: 801, taints: [] });
  });

  it('loses none, doubles none and keeps the order while the filter changes', async () => {
    const rig = begun();
    await following(rig, 42_100);
    const { send } = sender(42_100);
    const sending = (async () => {
      for (let turn = 0; turn < 100; turn += 1) await Promise.all([send(60), sleep(15)]);
    })();
    await following(rig, 42_110);
    await following(rig, 42_120, 42_130);
    await rig.engine.release('leg 42110', fromHere());
    await sending;
    await rig.engine.release('leg 42100', fromHere());
    expect(await rig.counted()).toMatchObject({ records: 6000, distinct: 6000, disorder: 0, dropped: 0, taints: [] });
    const listened = rig.logged.filter(({ message }) => message === 'capture listens');
    expect(listened.length).toBeGreaterThanOrEqual(4);
    expect(childrenOf(process.pid, 'tcpdump')).toHaveLength(1);
  });

  it('starts a child that was killed again, and taints what it did not see', async () => {
    const rig = begun();
    await following(rig, 42_200);
    const { send } = sender(42_200);
    await send(100);
    await until(async () => (await rig.counted()).records === 100);
    const children = childrenOf(process.pid, 'tcpdump');
    for (const pid of children) process.kill(pid, 'SIGKILL');
    const killedAt = Date.now() / 1000;
    await until(async () => (await rig.engine.look()).media.restarts === 1);
    await until(async () => (await rig.engine.look()).media.state === 'live');
    const backAt = Date.now() / 1000;
    await send(50);
    await until(async () => (await rig.counted()).records === 150);
    const { taints, distinct, media } = await rig.counted();
    expect(distinct).toBe(150);
    expect(media.trouble).toBeUndefined();
    expect(new Set(taints.map(({ taint }) => taint))).toEqual(new Set(['capture-restarted']));
    // Whole, without a hole, and not much more.
    expect(taints[0]?.from).toBeLessThanOrEqual(killedAt);
    expect(taints[0]?.from).toBeGreaterThan(killedAt - 1.5);
    expect(taints.at(-1)?.to).toBeLessThanOrEqual(backAt);
    expect(taints.at(-1)?.to).toBeGreaterThan(killedAt);
    for (const [index, { from }] of taints.slice(1).entries()) expect(from).toBe(taints[index]?.to);
    expect(rig.logged.filter(({ message }) => message === 'nothing is captured')).toHaveLength(1);
  });

  it('measures what its reader had no time for, while the ring holds it', async () => {
    const rig = begun();
    await following(rig, 42_300);
    rig.engine.rtcp('1200', []); // the counting thread stands still so long
    await once(flood(42_300, 20_000), 'exit');
    await rig.engine.release('leg 42300', fromHere());
    await until(async () => (await rig.counted()).records === 20_000);
    expect(await rig.counted()).toMatchObject({ distinct: 20_000, dropped: 0, media: { dropped: 0, lost: 0 } });
  });

  it('tells what the kernel dropped when the ring was too small', async () => {
    const rig = begun({ ring: 1024 * 1024 });
    await following(rig, 42_310);
    rig.engine.rtcp('1200', []);
    await once(flood(42_310, 20_000), 'exit');
    await until(async () => (await rig.counted()).dropped > 0);
    const { records, dropped, media } = await rig.counted();
    expect(records).toBeLessThan(20_000);
    expect(media.dropped).toBe(dropped);
    expect((await rig.counted()).taints).toContainEqual(expect.objectContaining({ taint: 'capture-dropped' }));
    expect(rig.logged.map(({ message }) => message)).toContain('the kernel drops captured packets');
  });

  it('reads signalling whole and each of its packets once, though its device is followed too', async () => {
    const rig = begun({ signalling: [42_400], networks: ['127.0.0.0/8'] });
    await rig.listens();
    await sender(42_400).send(10, 1400);
    await sender(42_402).send(10, 1400);
    await until(async () => (await rig.counted()).records >= 20);
    await rig.engine.release('none', 0);
    expect((await rig.counted()).octets).toBe(10 * (14 + 20 + 8 + 1400) + 10 * 256);
    expect((await rig.counted()).records).toBe(20);
  });

  it('delivers the last packet when it stops', async () => {
    const rig = begun();
    await following(rig, 42_500);
    await sender(42_500).send(500);
    await rig.engine.stop();
    expect(rig.told.at(-1)?.records).toBe(500);
    expect(childrenOf(process.pid, 'tcpdump')).toEqual([]);
  });

  it('stops twice, unbegun and while it begins', async () => {
    await rigOf().engine.stop();
    const rig = begun();
    await Promise.all([rig.engine.stop(), rig.engine.stop()]);
    await until(() => childrenOf(process.pid, 'tcpdump').length === 0);
  });

  it('goes on with a new thread when the thread fails', async () => {
    const rig = begun();
    await following(rig, 42_600);
    rig.engine.rtcp('fail', []);
    await until(() => rig.engine.counters.threadRestarts === 1);
    await until(async () => (await rig.engine.look()).media.filter?.includes('42600') === true);
    await rig.listens();
    await sender(42_600).send(10);
    await until(async () => (await rig.counted()).records === 10);
    expect(childrenOf(process.pid, 'tcpdump')).toHaveLength(1);
  });

  describe('without what it needs', () => {
    const troubleOf = async (rig: ReturnType<typeof rigOf>): Promise<LaneState['trouble']> => {
      await until(async () => (await rig.engine.look()).media.trouble !== undefined);
      return (await rig.engine.look()).media.trouble;
    };

    it('an interface: says so, and captures once it is there', async () => {
      const rig = begun({ interface: 'otherleg-t0' });
      expect(await troubleOf(rig)).toMatchObject({
        kind: 'no-interface',
        reason: expect.stringContaining('otherleg-t0'),
      });
      expect((await rig.engine.look()).media.state).not.toBe('live');
      expect(await isInTime(rig.engine.release('leg', fromHere()))).toBe(true);
      const ip = (line: string) => execFileSync('ip', line.split(' '));
      ip('link add otherleg-t0 type veth peer name otherleg-t1');
      try {
        ip('link set otherleg-t0 up');
        await rig.listens();
        expect((await rig.engine.look()).media.trouble).toBeUndefined();
        ip('link set otherleg-t0 down');
        await until(async () => (await rig.engine.look()).media.trouble?.kind === 'interface-down');
        await until(async () => (await rig.counted()).taints.at(-1)?.taint === 'capture-restarted');
        ip('link set otherleg-t0 up');
        await until(async () => (await rig.engine.look()).media.trouble === undefined);
      } finally {
        ip('link del otherleg-t0');
      }
      expect(await troubleOf(rig)).toMatchObject({ kind: 'no-interface' });
    });

    it('a tool', async () => {
      const rig = begun({ tool: 'no-such-tool' as Tool });
      expect(await troubleOf(rig)).toMatchObject({ kind: 'no-tool', remedy: 'apt install tcpdump' });
    });

    it('the right', async () => {
      const restricted = ['--bounding-set=-net_raw', '--inh-caps=-net_raw', process.execPath];
      const child = spawn('setpriv', [...restricted, `${import.meta.dirname}/engine-process.ts`, '42700', 'exit']);
      const [line = ''] = await once(createInterface(child.stdout), 'line');
      const { trouble }: LaneState = JSON.parse(line);
      expect(trouble).toMatchObject({ kind: 'no-right', remedy: expect.stringContaining('CAP_NET_RAW') });
    });
  });

  describe('in a process that ends', () => {
    const started = async (then: 'exit' | 'stay', port: number) => {
      const args = [`${import.meta.dirname}/engine-process.ts`, `${port}`, then];
      const agent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const exited = once(agent, 'exit');
      await once(createInterface(agent.stdout), 'line');
      return { agent, exited };
    };
    const tcpdumps = (port: number) => () =>
      execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' })
        .split('\n')
        .filter((line) => !line.startsWith('Z') && line.includes('immediate-mode') && line.includes(`${port}`)).length;

    it('leaves no child when it is killed, though no packet comes', async () => {
      const { agent, exited } = await started('stay', 42_800);
      expect(tcpdumps(42_800)()).toBeGreaterThan(0);
      agent.kill('SIGKILL');
      await exited;
      await until(() => tcpdumps(42_800)() === 0);
    });

    it('lets it exit, and leaves no child', async () => {
      const { exited } = await started('exit', 42_810);
      expect(await exited).toEqual([0, null]);
      await until(() => tcpdumps(42_810)() === 0);
    });
  });

  it('gives its child one right and no more', async () => {
    const rig = begun();
    await rig.listens();
    const [pid] = childrenOf(process.pid, 'tcpdump');
    const status = execFileSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8' });
    expect(/^CapEff:\s*(\w+)/m.exec(status)?.[1]).toBe('0000000000002000');
    expect(/^CapBnd:\s*(\w+)/m.exec(status)?.[1]).toBe('0000000000002000');
    expect(/^Uid:\s*(\d+)/m.exec(status)?.[1]).toBe('65534');
  });
});
