import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, it } from '@jest/globals';
import { Outcomes, type Promised } from './support/check.js';
import { play } from './support/scenario.js';

const PROGRAM = fileURLToPath(new URL('./support/primary-process.mjs', import.meta.url));
const outcomes = new Outcomes();
let folder: string;
let primary: ChildProcess;

const path = (): string => join(folder, 'primary');

async function startPrimary(): Promise<void> {
  primary = fork(PROGRAM, [path()], { execArgv: [] });
  await once(primary, 'message');
}

async function killPrimary(): Promise<void> {
  const gone = once(primary, 'exit');
  primary.kill('SIGKILL');
  await gone;
  // A killed process leaves its socket, on which no other can listen.
  rmSync(path(), { force: true });
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nestwire-primary-'));
  await startPrimary();
});

afterEach(async () => {
  await killPrimary();
  rmSync(folder, { recursive: true, force: true });
});

afterAll(() => {
  outcomes.print();
});

interface Fault extends Promised {
  readonly name: string;
  readonly happens: () => Promise<number>;
}

const FAULTS: Fault[] = [
  { name: 'nothing goes wrong', happens: async () => 0, upWithin: 0 },
  {
    name: 'the primary is killed, and another takes its place after 2 s',
    happens: async () => {
      await killPrimary();
      await pause(2_000);
      await startPrimary();
      return Date.now();
    },
    upWithin: 1_000,
  },
  {
    name: 'the primary is stopped for 3 s',
    happens: async () => {
      primary.kill('SIGSTOP');
      await pause(3_000);
      primary.kill('SIGCONT');
      return Date.now();
    },
    upWithin: 1_000,
    mayLose: true,
  },
];

describe.each(['at-most-once', 'at-least-once'] as const)(
  'workers of node:cluster, %s',
  (delivery) => {
    it.each(FAULTS)('keep their promise when $name', async (fault) => {
      let over = 0;
      const result = await play({
        places: [{ kind: 'node-cluster', path: path(), app: 'faults' }],
        delivery,
        fault: async () => {
          over = await fault.happens();
        },
        healed: () => over,
      });
      outcomes.check(`node:cluster ${delivery}: ${fault.name}`, result, fault, delivery);
    });
  },
);
