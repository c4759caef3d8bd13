// What every server under test shares: it says its port, tells its memory when asked, and ends with
// its parent. Over standard input and output, which any runtime has.
import { createInterface } from 'node:readline';

/** What to serve: `{ feature: "echo" | "broadcast" | "close", deflate: boolean, build?: string }`. */
export const task = JSON.parse(process.argv[2] ?? '{"feature":"echo","deflate":false}');

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

/** To be called when the server listens. */
export function announce(port) {
  say({ port });
  createInterface({ input: process.stdin })
    .on('line', () => void sayMemory())
    .on('close', () => process.exit());
}

/** For errors of connections: those of a load that ends in the middle of a message are expected. */
export function report(error) {
  if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') console.error(error);
}

async function sayMemory() {
  await collectGarbage();
  const { heapUsed, rss, external } = process.memoryUsage();
  say({ heapUsed, rss, external });
}

async function collectGarbage() {
  for (let i = 0; i < 3; i += 1) {
    if (globalThis.Bun) Bun.gc(true);
    else globalThis.gc();
    // What one collection frees may be finalized only in the next turn.
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
