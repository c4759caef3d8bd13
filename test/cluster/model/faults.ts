import type { ModelNode } from './model-node.js';
import type { SimulatedServer } from './simulated/simulated-server.js';

type Fault =
  'deaf' | 'stuck' | 'unheard' | 'apart' | 'session' | 'answer' | 'hang' | 'restart' | 'silent';

const FAULTS: readonly Fault[] = [
  'deaf',
  'stuck',
  'unheard',
  'apart',
  'session',
  'session',
  'answer',
  'hang',
  'restart',
];

/** What goes wrong between the nodes and the server. */
export class Faults {
  readonly #server: SimulatedServer;
  readonly #nodes: readonly ModelNode[];
  readonly #kinds: readonly Fault[];

  /** @param silent whether messages get lost, and come twice, in sessions that go on */
  constructor(server: SimulatedServer, nodes: readonly ModelNode[], silent: boolean) {
    this.#server = server;
    this.#nodes = nodes;
    this.#kinds = silent ? [...FAULTS, 'silent', 'silent'] : FAULTS;
  }

  /** Lets something go wrong, for a while. */
  strike(): void {
    const { clock } = this.#server;
    const node = clock.pick(this.#nodes.filter(({ crashed }) => !crashed));
    const fault = clock.pick(this.#kinds);
    if (node === undefined) return;
    const { path } = node;
    const longest = clock.chance(0.15) ? 14_000 : clock.chance(0.5) ? 4_000 : 1_500;
    const heal = (call: () => void): void => {
      clock.after(clock.random() * longest, () => {
        call();
        path.flow();
      });
    };
    switch (fault) {
      case 'deaf':
        path.deaf = true;
        return heal(() => (path.deaf = false));
      case 'stuck':
        path.messagesStuck = true;
        return heal(() => (path.messagesStuck = false));
      case 'unheard':
        path.unheard = true;
        return heal(() => (path.unheard = false));
      case 'apart':
        path.deaf = path.unheard = true;
        return heal(() => (path.deaf = path.unheard = false));
      case 'session':
        return node.breakSession();
      case 'answer':
        this.#server.loseAnswers++;
        return;
      case 'hang':
        this.#server.hung = true;
        return heal(() => this.#goOn());
      case 'restart':
        return this.#restart(longest);
      case 'silent':
        path.loss = 0.1 + 0.4 * clock.random();
        path.doubling = 0.3 * clock.random();
        return heal(() => (path.loss = path.doubling = 0));
      case undefined:
    }
  }

  /** All is well again. */
  heal(): void {
    this.#server.loseAnswers = 0;
    if (this.#server.stores === undefined) this.#server.restart(0);
    this.#goOn();
    for (const { path } of this.#nodes) path.heal();
  }

  #goOn(): void {
    this.#server.hung = false;
    for (const { path } of this.#nodes) path.flow();
  }

  #restart(longest: number): void {
    const { clock } = this.#server;
    this.#server.kill();
    const kept = clock.chance(0.5) ? 0 : clock.random();
    clock.after(clock.random() * longest, () => this.#server.restart(kept));
  }
}
