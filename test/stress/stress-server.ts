import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UpgradeRequest, UpgradeRouter } from '#engine';
import { Hub, MessageRouter, type EndpointConfig, type HubOptions } from '#hub';

/** A hub on a real port, without the layers above it. */
export interface StressServer {
  readonly hub: Hub;
  readonly url: string;
  readonly port: number;
  /** Whatever was reported and is no news about a peer's own transport. */
  readonly faults: unknown[];
  stop(): Promise<void>;
}

export async function startServer(
  options: HubOptions,
  config: (hub: Hub) => Omit<EndpointConfig, 'router'> & { router?: MessageRouter },
): Promise<StressServer> {
  const faults: unknown[] = [];
  const hub = new Hub({
    ...options,
    onError: (error, { phase }) => {
      if (phase !== 'transport') faults.push(error);
    },
  });
  const endpoint = hub.endpoint({ router: new MessageRouter([]), ...config(hub) });
  const server = createServer();
  UpgradeRouter.of(server).mount({
    claims: () => true,
    handle(request, socket, head) {
      const upgrade = UpgradeRequest.read(request, socket, head);
      if (upgrade === null) return;
      const user = new URL(request.url ?? '/', 'ws://local').searchParams.get('user') ?? undefined;
      endpoint.accept(upgrade, hub.snapshot(upgrade.opening), { user });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 2_048, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    hub,
    port,
    faults,
    url: `ws://127.0.0.1:${port}`,
    async stop() {
      await hub.close({ notice: false, deadline: 5_000 });
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
