import type { NumberedMail } from '../../broker/broker-mailbox.js';

/** Is told of mail that was kept on other nodes. What it throws is reported. */
export interface MailListener {
  /**
   * May come doubled, late or not at all.
   * @param mail undefined when it was too long to travel: it is in the mailbox
   */
  kept(userId: string, mail: NumberedMail | undefined): void;
  /** The broker is back: what was kept meanwhile is looked for. */
  up(): void;
}

/** Tells other nodes of mail. */
export interface MailNews {
  /** Never throws and never waits. */
  kept(userId: string, mail: NumberedMail): void;
  /** One listener. */
  on(listener: MailListener): void;
}
