import { fields } from '../wire/exception.js';
import { readFrame, type Frame } from '../wire/frame.js';

/** What the server says of a mailbox. */
interface MailAnswer {
  /** Undefined where nobody is signed in. */
  readonly box: string | undefined;
  readonly mail: readonly (Frame & { readonly mail: number })[];
  readonly more: boolean;
}

/** The answer to `$mail`; what is none of the wire is left out. */
export function readMailAnswer(data: unknown): MailAnswer {
  const { box, mail, more } = fields(data);
  const frames = Array.isArray(mail) ? mail.map(readFrame) : [];
  return {
    box: typeof box === 'string' ? box : undefined,
    mail: frames.filter((frame) => frame?.mail !== undefined) as MailAnswer['mail'],
    more: more === true,
  };
}
