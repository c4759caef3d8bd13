import type { JsMsg } from '@nats-io/jetstream';
import type { Streams } from './session-streams.js';

/** Messages asked for at a time. */
const PAGE = 500;
/** Milliseconds a page may take. */
const EXPIRES = 2_000;

/**
 * The messages of a stream's subject as they are now, from a number of the stream on. There must be at
 * least one: without any it waits for 2 seconds.
 */
export async function* readSubject(
  { client }: Streams,
  stream: string,
  subject: string,
  from: number,
): AsyncGenerator<JsMsg> {
  const consumer = await client.consumers.get(stream, {
    filter_subjects: subject,
    deliver_policy: 'by_start_sequence',
    opt_start_seq: from,
    inactive_threshold: EXPIRES * 5,
  });
  try {
    for (;;) {
      const page = await consumer.fetch({ max_messages: PAGE, expires: EXPIRES });
      let got = 0;
      for await (const message of page) {
        yield message;
        if (message.info.pending === 0) return;
        if (++got === PAGE) break;
      }
      if (got < PAGE) return;
    }
  } finally {
    // Otherwise the server forgets it when nobody has asked for a while.
    void consumer.delete().catch(() => undefined);
  }
}
