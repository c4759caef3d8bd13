import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { EngineDiagnostics } from '#engine';
import type { ClusterDiagnostics, HubDiagnostics } from '#hub';
import type { UpgradeDiagnostics } from '../upgrade/upgrade-decision.js';

/** What is told on Node's `diagnostics_channel`, by the names of the channels. */
export interface Diagnostics
  extends EngineDiagnostics, UpgradeDiagnostics, HubDiagnostics, ClusterDiagnostics {}

/**
 * Listens to a channel of Node's `diagnostics_channel`, with the type of what is told there. What `listener`
 * throws becomes a process warning, the first time; with Node's own `subscribe` it would end the process.
 * What it is given is lent: nobody changes it, and payloads are not kept.
 * @returns how to stop listening
 */
export function onDiagnostics<Name extends keyof Diagnostics>(
  name: Name,
  listener: (message: Diagnostics[Name]) => void,
): () => void {
  let hasFailed = false;
  const guarded = (message: unknown): void => {
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the name says what is told
      listener(message as Diagnostics[Name]);
    } catch (error) {
      if (hasFailed) return;
      hasFailed = true;
      warn(name, error);
    }
  };
  subscribe(name, guarded);
  return () => void unsubscribe(name, guarded);
}

function warn(name: string, error: unknown): void {
  const detail = error instanceof Error ? error.stack : String(error);
  process.emitWarning(`A listener of the channel ${name} has thrown`, {
    code: 'NESTWIRE_LISTENER_FAILED',
    ...(detail !== undefined && { detail }),
  });
}
