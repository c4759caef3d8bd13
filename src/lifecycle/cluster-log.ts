import type { Logger } from '@nestjs/common';
import type { Hub, IgnoredReason } from '#hub';

/** Milliseconds between two lines about the same: whoever floods the broker must not flood the log. */
const INTERVAL = 60_000;

/** What an operator may look for first. */
const HINTS: Partial<Record<IgnoredReason, string>> = {
  unauthenticated: 'is the option cluster.secret the same on all nodes?',
  version: 'is a node too old, or too new?',
  foreign: 'does another application use the same channels?',
};

/** Writes down what happens between the nodes; nothing where there is only one. */
export function logCluster(hub: Hub, logger: Logger): void {
  let wasUp = false;
  const { cluster } = hub;
  const often = new Seldom();
  cluster.observe({
    state: (state, error) => {
      if (state === 'up') {
        logger.log(wasUp ? 'The broker is back' : `This node is ${cluster.node} of the cluster`);
        wasUp = true;
      } else if (state === 'down' && wasUp && !hub.closing) {
        logger.warn(
          `The broker is away, this node goes on alone: ${error?.message ?? 'no answer'}`,
        );
      }
    },
    nodeUp: ({ id, name }) => logger.log(`Node ${id} (${name}) has come`),
    nodeDown: ({ id, name }) => logger.log(`Node ${id} (${name}) is gone`),
    gap: ({ node, reason, messages }) => {
      const count = messages === undefined ? 'Messages' : `${messages} messages`;
      logger.warn(`${count} of node ${node} may be missing here: ${reason}`);
    },
    dropped: ({ messages, reason }) => {
      const count = often.count(`dropped ${reason}`, messages);
      if (count > 0) logger.warn(`${count} messages never reach the other nodes: ${reason}`);
    },
    ignored: ({ reason }) => {
      const count = often.count(`ignored ${reason}`, 1);
      const hint = HINTS[reason];
      if (count === 0) return;
      logger.warn(
        `${count} messages of the broker are ignored: ${reason}${hint === undefined ? '' : ` (${hint})`}`,
      );
    },
  });
}

/** Says seldom how often something has happened: the first time at once, then once in a while. */
class Seldom {
  readonly #told = new Map<string, { at: number; untold: number }>();

  /** @returns how many there were since it was told last; 0 when it is too early to say so */
  count(what: string, times: number): number {
    const now = performance.now();
    const told = this.#told.get(what) ?? { at: -Infinity, untold: 0 };
    this.#told.set(what, told);
    told.untold += times;
    if (now - told.at < INTERVAL) return 0;
    const { untold } = told;
    told.at = now;
    told.untold = 0;
    return untold;
  }
}
