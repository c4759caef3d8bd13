import type { JetStreamManager, StreamConfig } from '@nats-io/jetstream';
import { UsageError } from '#engine';
import type { Subjects } from '../names/subjects.js';
import type { ResolvedNatsOptions } from '../options/nats-broker-options.js';

const NANOSECONDS = 1_000_000;
/** Milliseconds in which a message of the same id is not kept twice. */
const SAME_ID_WINDOW = 300_000;
/** JetStream's code for a stream that does not exist. */
const NOT_FOUND = 10_059;

type Wanted = Partial<StreamConfig> & { name: string; subjects: string[] };

/** The streams of one application; each is made where it does not exist. */
export async function ensureStreams(
  manager: JetStreamManager,
  subjects: Subjects,
  options: ResolvedNatsOptions,
): Promise<void> {
  for (const wanted of streams(subjects, options)) await ensure(manager, wanted);
}

function streams(subjects: Subjects, options: ResolvedNatsOptions): Wanted[] {
  const { replicas: num_replicas, logBytes, history, mail } = options;
  const common = { num_replicas, allow_direct: true, retention: 'limits', discard: 'old' } as const;
  const file = { ...common, storage: 'file' } as const;
  return [
    {
      ...common,
      name: subjects.stream('LOG'),
      subjects: [subjects.all('l')],
      storage: 'memory',
      max_bytes: logBytes,
      max_age: 60_000 * NANOSECONDS,
      duplicate_window: 60_000 * NANOSECONDS,
    },
    {
      ...file,
      name: subjects.stream('HISTORY'),
      subjects: [subjects.all('h')],
      max_msgs_per_subject: history.maxMessages,
      max_age: history.keepFor * NANOSECONDS,
      duplicate_window: SAME_ID_WINDOW * NANOSECONDS,
      republish: { src: subjects.all('h'), dest: subjects.all('f') },
    },
    {
      ...file,
      name: subjects.stream('MAILBOX'),
      subjects: [subjects.all('i')],
      max_msgs_per_subject: 1,
      max_age: mail.keepFor * NANOSECONDS,
    },
    {
      ...file,
      name: subjects.stream('MAIL'),
      subjects: [subjects.all('b')],
      max_age: mail.keepFor * NANOSECONDS,
    },
  ];
}

async function ensure(manager: JetStreamManager, wanted: Wanted): Promise<void> {
  const found = await manager.streams.info(wanted.name).catch((error: unknown) => {
    if (codeOf(error) === NOT_FOUND) return undefined;
    throw error;
  });
  if (found === undefined) {
    await manager.streams.add(wanted);
    return;
  }
  const { config } = found;
  const same =
    config.subjects?.join() === wanted.subjects.join() &&
    config.allow_direct &&
    config.republish?.dest === wanted.republish?.dest &&
    (wanted.max_msgs_per_subject ?? -1) === config.max_msgs_per_subject;
  if (same) return;
  throw new UsageError(
    `Cannot use NATS stream ${wanted.name}: it exists with other settings, expected are subjects ${wanted.subjects.join()} and ${wanted.max_msgs_per_subject ?? -1} messages a subject, current value is ${config.subjects?.join() ?? ''} and ${config.max_msgs_per_subject}`,
  );
}

function codeOf(error: unknown): unknown {
  const { code }: { code?: unknown } = Object(error);
  return code;
}
