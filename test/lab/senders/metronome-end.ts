import { createSocket } from 'node:dgram';

// Sends RTP of one SSRC at an even pace to a port, from the same port: `metronome-end.ts ADDRESS PORT COUNT MILLISECONDS`.

const [address = '', ...numbers] = process.argv.slice(2);
const [port = 0, count = 0, pace = 0] = numbers.map(Number);
const CLOCK_PER_MILLISECOND = 8;

const socket = createSocket('udp4');
socket.bind(port, () => {
  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (; sent < count && performance.now() - startedAt >= sent * pace; sent += 1) {
      const packet = Buffer.alloc(172);
      packet.writeUInt8(0x80, 0);
      packet.writeUInt16BE((65_500 + sent) & 0xffff, 2); // wraps soon
      packet.writeUInt32BE(sent * pace * CLOCK_PER_MILLISECOND, 4);
      packet.writeUInt32BE(0xcafe, 8);
      const isLast = sent === count - 1;
      socket.send(packet, port, address, () => isLast && socket.close());
    }
    if (sent === count) clearInterval(timer);
  }, 1);
});
