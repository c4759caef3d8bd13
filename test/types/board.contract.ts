export interface Card {
  readonly id: string;
  readonly title: string;
}

/** What the programs beside this file are held against. */
export interface Board {
  calls: { move(data: { id: string; to: number }): Card; clear(): void };
  streams: { ticks(data: { every: number }): number };
  events: { moved: Card; cleared: undefined };
  mail: { invitation: { from: string } };
  questions: { confirm(data: { card: string }): boolean };
  presence: { name: string };
  user: { id: string; name: string };
  data: { opened: number };
}
