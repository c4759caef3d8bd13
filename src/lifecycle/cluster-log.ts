import type { Logger } from '@nestjs/common';
import type { Hub } from '#hub';

/** Writes down what happens between the nodes; nothing where there is only one. */
export function logCluster(hub: Hub, logger: Logger): void {
  let wasUp = false;
  const { cluster } = hub;
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
  });
}
