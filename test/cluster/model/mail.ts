import type { ModelClient, ModelNode } from './model-node.js';
import type { SimulatedServer } from './simulated/simulated-server.js';
import type { Violations } from './violations.js';

interface Sent {
  readonly user: string;
  /** When it was sent. */
  readonly at: number;
  /** Whether a server had it, whichever that was. */
  kept: boolean;
  /** When a client was told that it has acknowledged it. */
  acknowledged: number | undefined;
  /** Whether somebody tried. */
  asked: boolean;
}

/** Mail that has to be acknowledged: it comes until it is, and never again then. */
export class Mails {
  readonly #server: SimulatedServer;
  readonly #violations: Violations;
  readonly #within: (what: string, node: ModelNode, asked: Promise<unknown>) => void;
  readonly #sent: Sent[] = [];
  /** Mail each client has heard, and when it came. */
  readonly #heard = new Map<
    ModelClient,
    { readonly since: number; readonly serials: Set<number> }
  >();
  /** Who has asked what by a request. */
  readonly #asked = new Map<string, number>();
  #request = 0;

  constructor(
    server: SimulatedServer,
    violations: Violations,
    within: (what: string, node: ModelNode, asked: Promise<unknown>) => void,
  ) {
    this.#server = server;
    this.#violations = violations;
    this.#within = within;
  }

  connected(client: ModelClient): void {
    this.#heard.set(client, { since: this.#server.clock.now(), serials: new Set() });
  }

  send(node: ModelNode, user: string): void {
    const at = this.#server.clock.now();
    const sent: Sent = { user, at, kept: false, acknowledged: undefined, asked: false };
    const serial = this.#sent.push(sent) - 1;
    const asked = node.hub.mailbox.send(user, 'mail', serial, { acknowledge: true });
    this.#within('mail', node, asked);
    asked.then(
      ({ waiting }) => {
        sent.kept = waiting;
      },
      () => {},
    );
  }

  heard(client: ModelClient, { event, data, mail, id, error }: Record<string, unknown>): void {
    if (event === '$ack' && error === undefined) {
      const sent = this.#sent[this.#asked.get(String(id)) ?? -1];
      if (sent !== undefined) sent.acknowledged ??= this.#server.clock.now();
    }
    if (event !== 'mail') return;
    const serial = Number(data);
    const sent = this.#sent[serial];
    const own = this.#heard.get(client);
    if (sent === undefined || own === undefined) return;
    if (sent.user !== client.user) this.#violations.add('mail', `${serial} at ${client.name}`);
    if (sent.acknowledged !== undefined && own.since > sent.acknowledged) {
      this.#violations.add('mail', `${serial} at ${client.name}, acknowledged before it came`);
    }
    own.serials.add(serial);
    if (!this.#server.clock.chance(0.5)) return;
    sent.asked = true;
    const request = `ack ${++this.#request}`;
    this.#asked.set(request, serial);
    client.transport.event('$ack', { mail }, request);
  }

  /** All is healed, and these have come since. */
  end(clients: readonly ModelClient[]): void {
    // An answer may outlive the server that gave it.
    const lost = this.#server.ends.at(-1) ?? 0;
    for (const client of clients) {
      for (const [serial, { user, at, kept, asked }] of this.#sent.entries()) {
        if (user !== client.user || asked || !kept || at <= lost) continue;
        if (this.#heard.get(client)?.serials.has(serial) === true) continue;
        this.#violations.add('mail', `${serial} has not come to ${client.name}`);
      }
    }
  }
}
