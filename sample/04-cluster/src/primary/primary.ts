import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { startPrimaryBroker } from 'nestwire/node-cluster';
import { BROKERS } from '../brokers.js';
import type { Wanted } from '../command-line.js';
import type { Action, BrokerView, Machine, ToPrimary } from '../machine.js';
import { BrokerServer } from './broker-server.js';
import { Happenings } from './happenings.js';
import { NodeProcess } from './node-process.js';

/** Holds the port, starts the broker and the nodes, and does to them what pages ask for. */
export class Primary {
  readonly #wanted: Wanted;
  readonly #happenings = new Happenings();
  #nodes: readonly NodeProcess[] = [];
  #server: BrokerServer | undefined;
  #telling = false;
  #ending = false;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  async run(): Promise<void> {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => void this.#end(0));
    }
    try {
      const url = await this.#startBroker();
      const { broker, workers } = this.#wanted;
      cluster.setupPrimary({
        exec: fileURLToPath(new URL('../main.js', import.meta.url)),
        args: [],
      });
      this.#nodes = Array.from({ length: workers }, (_, index) => {
        const place = { number: index + 1, broker, url, first: index === 0, nodes: workers };
        return new NodeProcess(place, {
          received: (message) => this.#received(message),
          changed: () => this.#tell(),
          died: (number) => this.#happened(`Node ${number} has ended by itself`),
        });
      });
      // Where the first cannot listen, no other can.
      const [first, ...others] = this.#nodes;
      if ((await first?.start()) === false) return await this.#end(1);
      await Promise.all(others.map((node) => node.start()));
    } catch (error) {
      console.error(`\n${error instanceof Error ? error.message : String(error)}\n`);
      await this.#end(1);
    }
  }

  /** @returns where the nodes find it */
  async #startBroker(): Promise<string | undefined> {
    const { broker } = this.#wanted;
    if (broker === 'node-cluster') {
      await startPrimaryBroker();
      return undefined;
    }
    const given = process.env[BROKERS[broker].variable];
    if (given) return given;
    this.#server = await BrokerServer.start(broker);
    return this.#server.url;
  }

  #received(message: ToPrimary): void {
    if (message.kind === 'happened') this.#happened(message.text);
    else if (message.kind === 'order') void this.#obey(message.action, message.node);
    else this.#tell();
  }

  async #obey(action: Action, number: number | undefined): Promise<void> {
    try {
      if (number === undefined) await this.#obeyBroker(action);
      else await this.#obeyNode(action, number);
    } catch (error) {
      this.#happened(error instanceof Error ? error.message : String(error));
    }
    this.#tell();
  }

  async #obeyBroker(action: Action): Promise<void> {
    const server = this.#server;
    if (server === undefined || server.running === (action === 'start')) return;
    const { title } = BROKERS[this.#wanted.broker];
    if (action === 'start') {
      await server.start();
      this.#happened(`${title} has been started again`);
    } else {
      this.#happened(`${title} was killed`);
      await server.kill();
    }
  }

  async #obeyNode(action: Action, number: number): Promise<void> {
    const node = this.#nodes.find((one) => one.number === number);
    if (node === undefined || node.running === (action === 'start')) return;
    if (action === 'start') {
      this.#happened(`Node ${number} is starting`);
      await node.start();
      return;
    }
    // The last one is what pages talk to: nobody could start another.
    if (this.#nodes.filter((one) => one.running).length < 2) return;
    this.#happened(`Node ${number} was killed`);
    await node.kill();
  }

  #happened(text: string): void {
    if (this.#ending) return;
    this.#happenings.add(text);
    this.#tell();
  }

  /** Once for all that changes in a turn. */
  #tell(): void {
    if (this.#telling || this.#ending) return;
    this.#telling = true;
    setImmediate(() => {
      this.#telling = false;
      const machine: Machine = {
        broker: this.#brokerView(),
        nodes: this.#nodes.map((node) => node.view),
        happenings: this.#happenings.latest,
      };
      for (const node of this.#nodes) node.tell(machine);
    });
  }

  #brokerView(): BrokerView {
    const { title, variable } = BROKERS[this.#wanted.broker];
    if (variable === undefined) {
      const fixed = 'It lives in the primary process, which holds the port too: both go together.';
      return { title, running: true, fixed };
    }
    if (this.#server !== undefined) return { title, running: this.#server.running };
    return { title, running: true, fixed: `It is the server of ${variable}, not started here.` };
  }

  /** Nodes first, so that they say goodbye to one another. */
  async #end(code: number): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    await Promise.all(this.#nodes.map((node) => node.end()));
    await this.#server?.stop();
    process.exit(code);
  }
}
