import { describe, expect, it } from '@jest/globals';
import * as server from '../../../hub/src/wire/envelope.js';
import { WireEvent } from './wire-events.js';

describe('the events of the wire', () => {
  it('are those of the server', () => {
    expect(WireEvent).toMatchObject({
      Exception: server.EXCEPTION_EVENT,
      Expiring: server.EXPIRING_EVENT,
      Cancel: server.CANCEL_EVENT,
      Join: server.JOIN_EVENT,
      Joined: server.JOINED_EVENT,
      Leave: server.LEAVE_EVENT,
      Gap: server.GAP_EVENT,
      Presence: server.PRESENCE_EVENT,
      Shutdown: server.SHUTDOWN_EVENT,
    });
  });
});
