import type { SendResult } from '#engine';
import type { ConnectionWork } from '../state/connection-work.js';
import type { Phase } from '../state/phase.js';
import type { Envelope } from '../../wire/envelope.js';
import type { PendingRequests } from './pending-requests.js';

/** What asking needs of a connection, which itself offers to ask. */
export interface Askable {
  readonly phase: Phase;
  readonly work: ConnectionWork | undefined;
  /** Made by the first request. */
  requests: PendingRequests | undefined;
  sendEnvelope(envelope: Envelope): SendResult;
}
