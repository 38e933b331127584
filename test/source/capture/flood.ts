import { createSocket } from 'node:dgram';

/** Sends so many numbered packets to a port of the loopback, as fast as it can: `node flood.ts PORT COUNT`. */
const [port = 0, count = 0] = process.argv.slice(2).map(Number);
const socket = createSocket('udp4'); // not connected: then it would be told that nobody receives
let sent = 0;
let gone = 0;
const more = (): void => {
  for (let batch = 0; batch < 50 && sent < count; batch += 1) {
    const packet = Buffer.alloc(60, 0x80);
    packet.writeUInt32BE(sent, 56);
    sent += 1;
    socket.send(packet, port, '127.0.0.1', () => {
      gone += 1;
      if (gone === count) socket.close();
    });
  }
  if (sent < count) setImmediate(more);
};
more();
