/** One line of the conversation, as it goes over the wire. */
export interface Said {
  readonly from: string;
  readonly text: string;
  /** When the server received it, ISO 8601. */
  readonly at: string;
}

/** How many lines a newcomer gets to read. */
export const NEWCOMERS_READ = 50;

export function saidNow(from: string, text: string): Said {
  return { from, text, at: new Date().toISOString() };
}
