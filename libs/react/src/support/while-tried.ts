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
 * @param failsItself when the client stops, with why: it is ended when the client tries again
 */
export function whileTried(client: Tried, run: () => () => void, failsItself = false): () => void {
  let end: (() => void) | undefined;
  let tried = false;
  const look = (): void => {
    const before = tried;
    tried = !STOPPED.includes(client.state.name);
    if (before === tried) return;
    if (!tried && failsItself) return;
    end?.();
    end = tried ? run() : undefined;
  };
  const off = client.onState(look);
  look();
  return () => {
    off();
    end?.();
  };
}
