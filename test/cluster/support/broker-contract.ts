import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { BrokerRig, type BrokerSetup } from './broker-rig.js';
import { describeHistory, describeHistoryRestart } from './history-contract.js';
import { describeLogs } from './log-contract.js';
import { describeMailbox, describeMailboxRestart } from './mailbox-contract.js';
import { describeMessages } from './message-contract.js';
import { describeRestart, describeSessions } from './session-contract.js';

/** What a broker has beside messages and logs. */
export interface BrokerFeatures {
  /** Default true. */
  readonly history?: boolean;
  /** Default true. */
  readonly mailbox?: boolean;
  /** Whether the setup can restart its server; default true. */
  readonly restart?: boolean;
}

/**
 * All that the hub relies on in a broker, whoever wrote it.
 * @param start starts the server, once for all tests; every name they use is new
 */
export function describeBroker(
  name: string,
  start: () => BrokerSetup | Promise<BrokerSetup>,
  { history = true, mailbox = true, restart = true }: BrokerFeatures = {},
): void {
  const rig = new BrokerRig(start);

  describe(`the broker ${name}`, () => {
    beforeAll(() => rig.start(), 30_000);
    afterEach(() => rig.rest());
    afterAll(() => rig.close());

    it('has what it is said to have', async () => {
      const { broker } = await rig.stranger();
      expect(broker.history !== undefined).toBe(history);
      expect(broker.mailbox !== undefined).toBe(mailbox);
      expect(rig.setup.restartEmpty !== undefined).toBe(restart);
    });

    describe('as messages', () => describeMessages(rig));
    describe('as logs', () => describeLogs(rig));
    describe('as sessions', () => describeSessions(rig));
    if (history) describe('as a history', () => describeHistory(rig));
    if (mailbox) describe('as a mailbox', () => describeMailbox(rig));
    if (!restart) return;
    describe('restarted empty', () => {
      describeRestart(rig);
      if (history) describeHistoryRestart(rig);
      if (mailbox) describeMailboxRestart(rig);
    });
  });
}
