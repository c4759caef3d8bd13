import type { Client } from '../client.js';
import type { ClientOptions } from '../connection/client-options.js';
import { FullClient } from '../full-client.js';
import { ManualClock } from './manual-clock.js';
import { ScriptedSocket } from './scripted-socket.js';

interface Scripted {
  readonly client: Client;
  readonly clock: ManualClock;
  /** The names of the states it has been in. */
  readonly states: string[];
  readonly errors: unknown[];
}

/** A client whose server, time and chance are the test's. */
export function scripted(options: ClientOptions = {}): Scripted {
  ScriptedSocket.all = [];
  const clock = new ManualClock();
  const errors: unknown[] = [];
  const full = new FullClient(
    'ws://server/board',
    { WebSocket: ScriptedSocket, onError: (error) => errors.push(error), ...options },
    clock,
  );
  const client = full as unknown as Client;
  const states: string[] = [client.state.name];
  client.onState(({ name }) => states.push(name));
  return { client, clock, states, errors };
}

/** Until everything that was settled has been heard of. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}
