// Load for one echo server, in a process of its own. It speaks just enough of RFC 6455 to cost
// little: masked frames are encoded once, echoes are counted by their bytes and not parsed.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

/** A masked text frame of `size` ASCII characters (RFC 6455 5.2), and the echo it must bring. */
function encode(size) {
  const payload = Buffer.alloc(size, 'The quick brown fox jumps over the lazy dog. ');
  const length = size < 126 ? Buffer.from([size]) : Buffer.from([126, size >> 8, size & 0xff]);
  const masked = Buffer.from(length);
  masked[0] |= 0x80;
  const key = randomBytes(4);
  const body = payload.map((byte, index) => byte ^ key[index % 4]);
  return {
    frame: Buffer.concat([Buffer.from([0x81]), masked, key, body]),
    echo: Buffer.concat([Buffer.from([0x81]), length, payload]),
  };
}

function open(port, { frame, echo }, outstanding, onEchoes) {
  const burst = Buffer.concat(Array.from({ length: outstanding }, () => frame));
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    socket.on('error', reject);
    socket.write(
      `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    socket.once('data', (head) => {
      if (!head.toString('latin1').startsWith('HTTP/1.1 101')) {
        reject(new Error(`Cannot open a connection: current answer is ${head.toString('latin1')}`));
        return;
      }
      let pending = Buffer.alloc(0);
      const checkFirst = (chunk) => {
        // The first echo is compared byte by byte: from then on counting is enough.
        pending = Buffer.concat([pending, chunk]);
        if (pending.length < echo.length) return;
        if (!pending.subarray(0, echo.length).equals(echo)) {
          reject(new Error('Cannot trust this echo: the server answered something else'));
          return;
        }
        socket.off('data', checkFirst);
        let rest = 0;
        const count = (bytes) => {
          const echoes = Math.floor((rest + bytes) / echo.length);
          rest = (rest + bytes) % echo.length;
          if (echoes === 0) return;
          onEchoes(echoes);
          socket.write(burst.subarray(0, echoes * frame.length));
        };
        socket.on('data', (next) => count(next.length));
        resolve(socket);
        count(pending.length);
      };
      socket.on('data', checkFirst);
      socket.write(burst);
    });
  });
}

let echoes = 0;
let sockets = [];

async function obey(message) {
  if (message.run) {
    const { port, size, connections, outstanding } = message.run;
    const frames = encode(size);
    sockets = await Promise.all(
      Array.from({ length: connections }, () =>
        open(port, frames, outstanding, (count) => (echoes += count)),
      ),
    );
  } else if (message.stop) {
    for (const socket of sockets) socket.removeAllListeners('data').resume().destroy();
  }
  process.send({ echoes });
}

// A refused connection ends the process with a non-zero code, which ends the benchmark.
process.on('message', (message) => void obey(message));
process.on('disconnect', () => process.exit());
