import { History } from '../history/history.js';
import type { HistoryOptions } from '../history/history-options.js';
import type { GapNotice } from '../history/shared/history-gap.js';
import { SharedHistory } from '../history/shared/shared-history.js';
import { KnownCodecs } from '../wire/encoded/known-codecs.js';
import { LogNode, type Faults, type LogServer } from './faulty-log.js';
import { serve } from './fake-upgrade.js';
import type { FakeTransport } from './fake-transport.js';

export interface HistoryNodeOptions {
  readonly faults?: Partial<Faults>;
  readonly history?: HistoryOptions;
  /** Default: members are told `$gap` with its place. */
  readonly gap?: GapNotice | undefined;
}

const tellGap: GapNotice = ({ room, epoch, offset }) => ({
  event: '$gap',
  data: { room, epoch, offset },
});

/** A process with connections, whose histories are those of all nodes. */
export function historyNode(
  server: LogServer,
  { faults = {}, history: options = {}, gap = tellGap }: HistoryNodeOptions = {},
) {
  const { clock } = server;
  const { hub, connect } = serve();
  const log = new LogNode(server, faults);
  const codecs = new KnownCodecs();
  const errors: unknown[] = [];
  const report = (error: unknown): void => void errors.push(error);
  let shared: SharedHistory | undefined;
  const history = new History(hub.rooms, options, report, (parts) => {
    shared = new SharedHistory(parts, { log, link: log, codecs, gap, clock });
    return shared;
  });
  if (shared === undefined) throw new Error('The history has made no source');
  return { hub, connect, log, codecs, errors, history, shared };
}

export type HistoryNode = ReturnType<typeof historyNode>;

/** What a client was sent of rooms, in short: data of messages, names of other events. */
export function texts({ heard }: FakeTransport): unknown[] {
  return heard.map(({ event, data }) => (String(event).startsWith('$') ? event : data));
}
