/** A column of a list. */
export interface Column<Row> {
  /** What the server sorts by. */
  readonly key: string;
  readonly title: string;
  /** Pixels it needs at least, and its part of what is left. */
  readonly width: number;
  readonly grow?: number;
  readonly align?: 'end';
  /** Those with the greatest number go first where there is no room. */
  readonly rank: number;
  /** Whether figures are wanted greatest first. */
  readonly descending?: boolean;
  readonly text: (row: Row) => string;
  /** How it is to look: `mono`, `bad`, `dim`. */
  readonly mood?: (row: Row) => string;
  readonly spark?: (row: Row) => readonly number[];
}

/** Which columns fit, in their order: those with the lowest rank first. */
export function fitting<Row>(columns: readonly Column<Row>[], width: number): Column<Row>[] {
  let left = width;
  const chosen = new Set<Column<Row>>();
  for (const column of [...columns].sort((a, b) => a.rank - b.rank)) {
    if (chosen.size > 0 && column.width > left) continue;
    chosen.add(column);
    left -= column.width;
  }
  return columns.filter((column) => chosen.has(column));
}
