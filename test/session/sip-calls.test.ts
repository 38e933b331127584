import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSdp } from '../../src/session/sdp.ts';
import { SipCalls } from '../../src/session/sip-calls.ts';
import { agreed, callOf, callsOf, event, type Line, SOCKETS, sdpOf } from './sip-messages.ts';

const offer = sdpOf('room', 2000);
const answer = sdpOf('gateway', 3000);
const invite: Line = { at: 1, by: 'room', line: 'INVITE', sdp: offer };
const ok: Line = { at: 3, by: 'gateway', line: '200 INVITE', sdp: answer, tag: 'g' };
const ack: Line = { at: 3.1, by: 'room', line: 'ACK', tag: 'g' };
const bye: Line = { at: 60, by: 'room', line: 'BYE', sequence: 2, tag: 'g' };

describe('a call', () => {
  it('runs from its INVITE over its answer to its BYE', () => {
    const call = callOf(
      { ...invite, agent: 'Cisco/CE' },
      { at: 1.1, by: 'gateway', line: '100 INVITE' },
      { ...ok, agent: 'gw' },
      ack,
      bye,
      { at: 60.1, by: 'gateway', line: '200 BYE', sequence: 2, tag: 'g' },
    );
    expect(call).toMatchObject({ callId: 'call-1', startedAt: 1, answeredAt: 3, endedAt: 60, joined: false });
    expect(call.parties).toEqual({
      caller: { uri: 'sip:room@example.com', tag: 'r', agent: 'Cisco/CE', endpoint: SOCKETS.room },
      callee: { uri: 'sip:meeting@example.com', tag: 'g', agent: 'gw', endpoint: SOCKETS.gateway },
    });
    expect(agreed(call)).toEqual([[3, '2000', '3000']]);
  });

  it('is ended by either side', () => {
    const hungUp = callOf(invite, ok, ack, { ...bye, by: 'gateway', asker: 'gateway', sequence: 1 });
    expect(hungUp.endedAt).toBe(60);
  });

  it('has an offer in the 200 and the answer in the ACK where the INVITE has none', () => {
    const { sdp: _, ...bare } = invite;
    expect(agreed(callOf(bare, { ...ok, sdp: answer }, { ...ack, sdp: offer }))).toEqual([[3.1, '2000', '3000']]);
  });

  it('has early media from a 183 on, which the 200 may replace', () => {
    const early: Line = { at: 2, by: 'gateway', line: '183 INVITE', sdp: sdpOf('gateway', 4000), tag: 'g' };
    expect(agreed(callOf(invite, early))).toEqual([[2, '2000', '4000']]);
    expect(agreed(callOf(invite, early, ok))).toEqual([[2, '2000', '3000']]);
    const { sdp: _, ...silent } = ok;
    expect(agreed(callOf(invite, early, silent))).toEqual([[2, '2000', '4000']]);
  });

  it('negotiates by PRACK (RFC 3262)', () => {
    const { sdp: _, ...bare } = invite;
    const reliable: Line = { at: 2, by: 'gateway', line: '183 INVITE', sdp: answer, tag: 'g' };
    const prack: Line = { at: 2.1, by: 'room', line: 'PRACK', sequence: 2, sdp: offer, tag: 'g' };
    expect(agreed(callOf(bare, reliable, prack, { ...ok, sdp: answer }))).toEqual([[2.1, '2000', '3000']]);
    const second = { ...prack, sdp: sdpOf('room', 2222) };
    const granted: Line = {
      at: 2.2,
      by: 'gateway',
      line: '200 PRACK',
      sequence: 2,
      sdp: sdpOf('gateway', 3333),
      tag: 'g',
    };
    expect(agreed(callOf(invite, reliable, second, granted))).toEqual([
      [2, '2000', '3000'],
      [2.2, '2222', '3333'],
    ]);
  });

  it('is held and resumed by INVITE and UPDATE, from either side', () => {
    const hold: Line = {
      at: 10,
      by: 'room',
      line: 'INVITE',
      sequence: 2,
      sdp: sdpOf('room', 2000, { direction: 'sendonly' }),
      tag: 'g',
    };
    const held: Line = {
      at: 10.1,
      by: 'gateway',
      line: '200 INVITE',
      sequence: 2,
      sdp: sdpOf('gateway', 3000, { direction: 'recvonly' }),
      tag: 'g',
    };
    const moved: Line = {
      at: 20,
      by: 'gateway',
      line: 'UPDATE',
      sequence: 7,
      sdp: sdpOf('gateway', 3100),
      tag: 'g',
      asker: 'gateway',
    };
    const taken: Line = {
      at: 20.1,
      by: 'room',
      line: '200 UPDATE',
      sequence: 7,
      sdp: sdpOf('room', 2100),
      tag: 'g',
      asker: 'gateway',
    };
    expect(agreed(callOf(invite, ok, ack, hold, held, moved, taken, bye))).toEqual([
      [3, '2000', '3000'],
      [10.1, '2000 sendonly', '3000 recvonly'],
      [20.1, '2100', '3100'],
    ]);
  });

  it('is no heavier for the refreshes of its session timer', () => {
    const refreshes = Array.from({ length: 50 }, (_, index): readonly Line[] => [
      { at: 10 + index, by: 'room', line: 'UPDATE', sequence: 2 + index, sdp: offer, tag: 'g' },
      { at: 10.5 + index, by: 'gateway', line: '200 UPDATE', sequence: 2 + index, sdp: answer, tag: 'g' },
    ]).flat();
    expect(agreed(callOf(invite, ok, ack, ...refreshes))).toEqual([[3, '2000', '3000']]);
  });

  it('stays as it was when a change is refused', () => {
    const change: Line = { at: 10, by: 'room', line: 'INVITE', sequence: 2, sdp: sdpOf('room', 2999), tag: 'g' };
    const refusal: Line = { at: 10.1, by: 'gateway', line: '488 INVITE', sequence: 2, tag: 'g' };
    const call = callOf(invite, ok, ack, change, refusal);
    expect(agreed(call)).toEqual([[3, '2000', '3000']]);
    expect(call.endedAt).toBeUndefined();
  });

  it.each([
    [
      'a CANCEL',
      [
        { at: 2, by: 'room', line: 'CANCEL' },
        { at: 2.1, by: 'gateway', line: '487 INVITE', tag: 'g' },
      ],
    ],
    ['a refusal', [{ at: 2.1, by: 'gateway', line: '603 INVITE', tag: 'g' }]],
  ] as const)('is never answered after %s', (_, lines) => {
    const call = callOf(invite, ...lines, { at: 2.2, by: 'room', line: 'ACK', tag: 'g' });
    expect(call.answeredAt).toBeUndefined();
    expect(call.endedAt).toBe(2.1);
  });

  it('goes on after a challenge, with the INVITE that follows', () => {
    const challenge: Line = { at: 1.1, by: 'gateway', line: '401 INVITE', tag: 'x' };
    const again: Line = { ...invite, at: 1.3, sequence: 2, sdp: sdpOf('room', 2020) };
    const call = callOf(invite, challenge, again, { ...ok, sequence: 2 }, { ...ack, sequence: 2 });
    expect(call).toMatchObject({ startedAt: 1, answeredAt: 3 });
    expect(call.endedAt).toBeUndefined();
    expect(agreed(call)).toEqual([[3, '2020', '3000']]);
  });

  it('is over when it is refused or cancelled, also with another tag than rang', () => {
    const ringing: Line = { at: 2, by: 'gateway', line: '180 INVITE', tag: 'g' };
    const cancelled: Line = { at: 5, by: 'gateway', line: '487 INVITE', tag: 'x' };
    for (const tag of ['g', 'x', undefined]) {
      const last = { ...cancelled, ...(tag === undefined ? { tag: 'z' } : { tag }) };
      const call = callOf(invite, ringing, last, { ...ack, at: 5.1, tag: last.tag });
      expect(call).toMatchObject({ endedAt: 5 });
      expect(call.answeredAt).toBeUndefined();
    }
    // Refused by one fork after another answered (a proxy lets that through late), it goes on.
    expect(callOf(invite, ringing, ok, cancelled)).toMatchObject({ answeredAt: 3 });
    expect(callOf(invite, ringing, ok, cancelled).endedAt).toBeUndefined();
  });

  it('was not answered by the ACK of a refusal, whichever is seen first', () => {
    const refused: Line = { at: 3.2, by: 'gateway', line: '403 INVITE', tag: 'x' };
    expect(callOf(invite, { ...ack, tag: 'x' }, refused)).toMatchObject({ endedAt: 3.2 });
    expect(callOf(invite, { ...ack, tag: 'x' }, refused).answeredAt).toBeUndefined();
    const challenge: Line = { at: 1.1, by: 'gateway', line: '401 INVITE', tag: 'x' };
    const again: Line = { ...invite, at: 1.3, sequence: 2 };
    // A retransmitted ACK is still that of the first try.
    const call = callOf(invite, challenge, again, { ...ack, at: 1.4, tag: 'x' }, { ...ack, at: 1.5, tag: 'x' });
    expect(call.answeredAt).toBeUndefined();
  });

  it('is one-sided until the other end is heard, or media where it says', () => {
    expect(callOf(invite, ack).oneSided).toBe(true);
    expect(callOf(invite, { at: 1.1, by: 'gateway', line: '100 INVITE' }, ack).oneSided).toBeUndefined();
    expect(callOf(invite, { at: 1.1, by: 'gateway', line: '404 INVITE', tag: 'x' }, ack).oneSided).toBe(true);
    // Who asks cannot answer himself.
    const own: Line = { ...ok, by: 'room' };
    expect(callOf(invite, own)).toMatchObject({ oneSided: true });
    expect(callOf(invite, own).answeredAt).toBeUndefined();
    expect(callOf({ ...invite, sequence: 7, tag: 'g' }).oneSided).toBe(true);
    expect(callOf(ok).oneSided).toBe(true);
  });

  it('is that of the fork which answers', () => {
    const ringing = (tag: string, port: number, at: number): Line => ({
      at,
      by: 'gateway',
      line: '183 INVITE',
      tag,
      sdp: sdpOf('gateway', port),
    });
    const call = callOf(invite, ringing('a', 4001, 2), ringing('b', 4002, 2.1), {
      ...ok,
      tag: 'b',
      sdp: sdpOf('gateway', 4002),
    });
    expect(agreed(call)).toEqual([[2.1, '2000', '4002']]);
    expect(call.parties.callee.tag).toBe('b');
    expect(callOf(invite, ok, { ...bye, tag: 'other' }).endedAt).toBeUndefined();
  });

  it('says the same when every message is seen twice', () => {
    const lines = [invite, ok, ack, bye];
    expect(callsOf(...lines.flatMap((line) => [line, line]))).toEqual(callsOf(...lines));
    expect(callsOf(invite, ok, invite, ok, ack, ok, ack, bye)).toEqual(callsOf(...lines));
  });

  it('is known when the capture joins it later', () => {
    const change: Line = {
      at: 10,
      by: 'gateway',
      line: 'INVITE',
      sequence: 9,
      sdp: answer,
      tag: 'g',
      asker: 'gateway',
    };
    const taken: Line = {
      at: 10.1,
      by: 'room',
      line: '200 INVITE',
      sequence: 9,
      sdp: offer,
      tag: 'g',
      asker: 'gateway',
    };
    const call = callOf(change, taken);
    expect(call.joined).toBe(true);
    // It was up before: the answer to a change is not its answer, and a change that is refused not its end.
    expect(call.answeredAt).toBeUndefined();
    expect(callOf(change, { ...taken, line: '488 INVITE' }).endedAt).toBeUndefined();
    expect(agreed(call)).toEqual([[10.1, '3000', '2000']]);
    expect(callsOf(bye)).toEqual([]);
  });

  it('takes the side that was captured where the other was not', () => {
    expect(agreed(callOf(invite, ack))).toEqual([[3.1, '2000', undefined]]);
    expect(callOf(invite, ack).answeredAt).toBe(3.1);
    expect(agreed(callOf(ok))).toEqual([[3, undefined, '3000']]);
  });
});

describe('the calls of a capture', () => {
  it('are told apart by Call-ID, and by hops whose descriptions differ', () => {
    const hop = (line: Line, port: number) => {
      const one = event({ ...line, sdp: line.sdp === undefined ? line.sdp : sdpOf(line.by, port) } as Line);
      return {
        ...one,
        source: { ...one.source, address: `192.0.2.${line.by === 'room' ? 1 : 2}` },
        destination: { ...one.destination, address: `192.0.2.${line.by === 'room' ? 2 : 1}` },
      };
    };
    const calls = new SipCalls();
    for (const line of [invite, ok, ack]) {
      calls.take(event(line));
      calls.take(hop(line, 7000));
      calls.take(event({ ...line, callId: 'call-2' }));
    }
    expect(
      calls.calls().map(({ callId, agreements: [first] }) => [callId, first?.caller?.[0]?.endpoint?.port]),
    ).toEqual([
      ['call-1', 2000],
      ['call-1', 7000],
      ['call-2', 2000],
    ]);
  });

  it('are listed once where proxies pass them on unchanged', () => {
    const calls = new SipCalls();
    for (const line of [invite, ok, ack]) {
      const one = event(line);
      calls.take(one);
      calls.take({
        ...one,
        source: { address: '192.0.2.1', port: 5060 },
        destination: { address: '192.0.2.2', port: 5060 },
      });
    }
    expect(calls.calls()).toHaveLength(1);
  });

  it('are two where one Call-ID is used again', () => {
    const later = [invite, ok, ack].map((line) => ({ ...line, at: line.at + 100, sequence: 5 }));
    expect(callsOf(invite, ok, ack, bye, ...later).map(({ startedAt }) => startedAt)).toEqual([1, 101]);
  });

  it('never fill memory', () => {
    const calls = new SipCalls();
    for (let index = 0; index < 5100; index++) calls.take(event({ ...invite, callId: `${index}` }));
    expect(calls.calls()).toHaveLength(5000);
    expect(calls.forgotten).toBe(100);
    const [first] = calls.calls();
    expect(first?.callId).toBe('100');
  });

  it('push out who is over or never answered first', () => {
    const calls = new SipCalls();
    for (const line of [invite, ok, ack]) calls.take(event({ ...line, callId: 'talks' }));
    for (const line of [invite, ok, ack, bye]) calls.take(event({ ...line, callId: 'over' }));
    for (let index = 0; index < 5100; index++) calls.take(event({ ...invite, callId: `${index}` }));
    const held = new Set(calls.calls().map(({ callId }) => callId));
    expect([held.has('talks'), held.has('over'), held.has('5099'), held.size]).toEqual([true, false, true, 5000]);
    calls.take(event({ ...bye, callId: 'talks' }));
    expect(calls.calls().find(({ callId }) => callId === 'talks')?.endedAt).toBe(60);
  });

  it('tell of a BYE of none of them', () => {
    const calls = new SipCalls();
    const strays: string[] = [];
    calls.onStrayBye = ({ callId }) => strays.push(callId);
    for (const line of [invite, ok, ack, bye]) calls.take(event(line));
    calls.take(event({ ...bye, callId: 'of before' }));
    calls.take(event({ ...bye, line: '200 BYE', by: 'gateway', callId: 'of before' }));
    expect(strays).toEqual(['of before']);
  });

  it('never fill memory with large descriptions either', () => {
    const calls = new SipCalls();
    const heavy = parseSdp(
      `v=0\r\nc=IN IP4 10.1.0.5\r\n${Array.from({ length: 200 }, (_, index) => `m=audio ${2000 + index} RTP/AVP ${Array.from({ length: 35 }, (__, type) => type).join(' ')}\r\n`).join('')}`,
    );
    for (let index = 0; index < 500; index++) {
      calls.take({ ...event({ ...invite, callId: `${index}` }), sdp: heavy });
    }
    expect(calls.forgotten).toBeGreaterThan(200);
    expect(calls.calls().at(-1)?.callId).toBe('499');
  });

  it('stay in order whatever comes', () => {
    const line = fc.record({
      at: fc.integer({ min: 0, max: 100 }),
      by: fc.constantFrom('room', 'gateway'),
      asker: fc.constantFrom('room', 'gateway'),
      line: fc.constantFrom(
        'INVITE',
        'ACK',
        'BYE',
        'CANCEL',
        'PRACK',
        'UPDATE',
        '183 INVITE',
        '200 INVITE',
        '486 INVITE',
        '200 UPDATE',
        '200 PRACK',
        '401 INVITE',
      ),
      sequence: fc.integer({ min: 1, max: 3 }),
      sdp: fc.constantFrom(undefined, offer, answer),
      tag: fc.constantFrom(undefined, 'g', 'h'),
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const sorted = lines.toSorted((a, b) => a.at - b.at).map((one) => one as Line);
        for (const call of callsOf(...sorted)) {
          expect(call.agreements.length).toBeLessThanOrEqual(32);
          const times = call.agreements.map(({ at }) => at);
          expect(times).toEqual(times.toSorted((a, b) => a - b));
          if (call.answeredAt !== undefined) expect(call.answeredAt).toBeGreaterThanOrEqual(call.startedAt);
        }
      }),
      { numRuns: 200 },
    );
  });
});
