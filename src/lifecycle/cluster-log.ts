import type { Logger } from '@nestjs/common';
import type { Hub, IgnoredReason } from '#hub';
import { Seldom } from './seldom.js';

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
