import type { Contract, UploadAnswer, UploadData, UploadName } from '#contract';
import { innerOf } from '../messages/inner.js';
import type { LeanClient, Rest } from '../messages/lean-client.js';
import { newKey } from '../messages/new-key.js';
import type { Outgoing } from '../messages/outbox.js';
import { exceptionError } from '../wire/exception.js';
import { EXCEPTION_EVENT } from '../wire/wire-events.js';
import { openSource } from './open-source.js';
import type { UploadOptions, UploadSource } from './upload-options.js';
import { UploadTask } from './upload-task.js';
import { UploadTurns } from './upload-turns.js';

const known = new WeakMap<object, UploadTurns>();

/**
 * Sends bytes with a call, as fast as the server takes them. After a lost connection it goes on where the server
 * stands; where the server begins anew, a Blob and bytes do so as well, while a stream fails with `NOT_RESUMABLE`.
 * Three go at a time, the others wait for their turn.
 * @returns what the handler answers
 * @throws {ClientError} as `call` does; {TypeError} for a source or an option that is none; what the source throws
 */
export async function upload<C extends Contract, N extends UploadName<C>>(
  client: LeanClient<C>,
  event: N,
  source: UploadSource,
  ...rest: Rest<UploadData<C, N>, UploadOptions>
): Promise<UploadAnswer<C, N>> {
  const inner = innerOf(client);
  const [data, options = {}] = rest as [unknown?, UploadOptions?];
  const { signal, timeout, size } = options;
  const { chunkSize = Infinity } = options;
  if (!(chunkSize >= 1)) throw bad('chunkSize', chunkSize);
  if (size !== undefined && !(Number.isSafeInteger(size) && size >= 0)) throw bad('size', size);
  const bytes = openSource(source, size);
  let turns = known.get(client);
  if (turns === undefined) known.set(client, (turns = new UploadTurns(inner.clock)));
  const offs: (() => void)[] = [];
  try {
    const left = await turns.take(signal, timeout);
    offs.push(() => turns.end());
    const answer = await new Promise<unknown>((resolve, reject) => {
      const out: Outgoing = {
        ...inner.ask(event, data, newKey(), { size: bytes.size }),
        queue: true,
        timeout: left,
        signal,
        answer(frame) {
          if (frame.event === EXCEPTION_EVENT) reject(exceptionError(frame.data));
          else {
            task.finish();
            resolve(frame.data);
          }
          return true;
        },
        fail: reject,
        again: () => out,
      };
      const task = new UploadTask(out.frame.id, bytes, inner, {
        chunkSize: Math.floor(chunkSize),
        onProgress: options.onProgress,
        failed(error) {
          reject(error);
          giveUp();
        },
      });
      offs.push(
        inner.onTake((frame) => task.take(frame)),
        inner.onLost(() => task.stop()),
        () => task.stop(),
      );
      const giveUp = inner.add(out);
    });
    return answer as UploadAnswer<C, N>;
  } finally {
    for (const off of offs) off();
    bytes.close();
  }
}

function bad(name: string, found: unknown): TypeError {
  return new TypeError(
    `Cannot use option ${name}: a number of bytes is expected, current value is ${String(found)}`,
  );
}
