import type { ClientState } from '#client';

type StateName = ClientState['name'];

const STOPPED: readonly StateName[] = ['closed', 'refused', 'signed-out'];

/** What is needed of a client. */
interface Tried {
  readonly state: ClientState;
  onState(listener: (state: ClientState) => void): () => void;
}

/**
 * Runs as long as the client has a connection, or tries to have one; again when it tries again. Effects of
 * children come before those of their parents, who may be the ones to connect.
 * @param run @returns ends it
 */
export function whileTried(client: Tried, run: () => () => void): () => void {
  let end: (() => void) | undefined;
  const look = (): void => {
    const stopped = STOPPED.includes(client.state.name);
    if (!stopped) end ??= run();
    else {
      end?.();
      end = undefined;
    }
  };
  const off = client.onState(look);
  look();
  return () => {
    off();
    end?.();
  };
}
