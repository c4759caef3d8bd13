import { ByteWriter, type LogNews } from '#hub';
import { Reply } from '../wire/frame-kind.js';
import { writeNews } from '../wire/values.js';

/** Encodes what goes to many workers once: it is handed to one after another, in one turn. */
export class FrameCache {
  #channel = '';
  #of: Uint8Array | undefined;
  #frame: Uint8Array = new Uint8Array();

  message(channel: string, message: Uint8Array): Uint8Array {
    if (this.#of === message && this.#channel === channel) return this.#frame;
    const writer = new ByteWriter(message.length + channel.length * 3 + 16);
    return this.#keep(channel, message, writer.u8(Reply.Message).text(channel).bytes(message));
  }

  news(room: string, news: LogNews): Uint8Array {
    if (this.#of === news.body && this.#channel === room) return this.#frame;
    const writer = new ByteWriter(news.body.length + room.length * 3 + 64);
    return this.#keep(room, news.body, writeNews(writer.u8(Reply.News).text(room), news));
  }

  #keep(channel: string, of: Uint8Array, writer: ByteWriter): Uint8Array {
    this.#channel = channel;
    this.#of = of;
    this.#frame = writer.done();
    return this.#frame;
  }
}
