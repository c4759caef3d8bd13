import type { Library, Servers } from './libraries.js';
import type { End, Program } from './program.js';
import { WatchedEnd, type Account } from './watched-end.js';

/** Milliseconds without anything happening after which a program hangs. */
const HANG = 20_000;

export interface Outcome {
  readonly client: Account;
  /** Null where the client ended the connection before it was one. */
  readonly server: Account | null;
}

/** Runs a program on a connection of a client of one library and a server of another. */
export async function runProgram(
  program: Program,
  servers: Servers,
  from: Library,
  to: Library,
): Promise<Outcome> {
  const { client: socket, accepted } = await servers.connect(from, to, program);
  const client = new WatchedEnd(socket);
  const sockets = [socket];
  try {
    for (const step of program.early) client.do(step);
    if (program.early.some((step) => step.do === 'close' || step.do === 'terminate')) {
      await until('the early end', [client], () => client.isClosed && client.unanswered === 0);
      await settled();
      return { client: client.account(), server: null };
    }
    await until('the opening', [client], () => client.isOpen);
    sockets.push(await accepted);
    const server = new WatchedEnd(sockets[1]!, program.options.echoes);
    await runGroups(program, { client, server });
    await settled();
    return { client: client.account(), server: server.account() };
  } finally {
    for (const one of sockets) one.terminate();
  }
}

async function runGroups(program: Program, ends: Record<End, WatchedEnd>): Promise<void> {
  const { client, server } = ends;
  const both = [client, server];
  const isTold = (): boolean => client.unanswered + server.unanswered === 0;
  for (const [index, group] of program.groups.entries()) {
    for (const step of group) ends[step.end].do(step);
    if (index === program.groups.length - 1) break;
    const here = () => arrived(client, server) && arrived(server, client);
    await until(`group ${index}`, both, here);
    // What is sent is told in a later turn.
    await until('the callbacks', both, () => isTold() && here());
  }
  await until('the end', both, () => client.isClosed && server.isClosed);
  await until('the last callbacks', both, isTold);
}

/** A second call of a callback, or a second close, would come by then. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 5));
}

async function until(
  what: string,
  ends: readonly WatchedEnd[],
  holds: () => boolean,
): Promise<void> {
  while (!holds()) await inTime(Promise.race(ends.map((end) => end.change())), what, ends);
}

function arrived(from: WatchedEnd, to: WatchedEnd): boolean {
  return to.paused || to.received.length >= from.sent;
}

async function inTime(
  change: Promise<void>,
  what: string,
  ends: readonly WatchedEnd[],
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const accounts = JSON.stringify(ends.map((end) => end.account())).slice(0, 2_000);
      reject(new Error(`It waits for ${what} in vain: ${accounts}`));
    }, HANG);
  });
  try {
    await Promise.race([change, hang]);
  } finally {
    clearTimeout(timer);
  }
}
