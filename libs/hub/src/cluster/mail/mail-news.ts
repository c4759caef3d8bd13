import type { NumberedMail } from '../../broker/broker-mailbox.js';
import { readChannel, userChannel } from '../../broker/channel.js';
import type { MailListener, MailNews } from '../../mailbox/shared/mail-news.js';
import type { Clock } from '../../support/clock.js';
import type { ClusterBus } from '../bus/cluster-bus.js';
import { MessageKind } from '../bus/message-kind.js';
import { packMailNews, unpackMailNews } from './mail-payload.js';

/** News of mail on the channel of each user: nodes without a connection of the user hear nothing. */
export class ClusterMailNews implements MailNews {
  readonly #bus: ClusterBus;
  readonly #clock: Clock;

  constructor(bus: ClusterBus, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
  }

  kept(userId: string, mail: NumberedMail): void {
    this.#bus.publish(userChannel(userId), MessageKind.Mail, packMailNews(mail, this.#clock.now()));
  }

  on(listener: MailListener): void {
    this.#bus.on(MessageKind.Mail, ({ channel, payload }) => {
      const user = readChannel(channel);
      const news = unpackMailNews(payload, this.#clock.now());
      if (user?.kind === 'user' && news !== undefined) listener.kept(user.name, news.mail);
      else this.#bus.ignored?.(channel, 'malformed');
    });
    this.#bus.observe({ up: () => listener.up() });
  }
}
