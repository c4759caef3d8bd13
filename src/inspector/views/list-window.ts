import type { View } from '../contract/inspector-contract.js';
import { compare } from './connection-order.js';

type Value = string | number | boolean;

/**
 * The part of a list that a view wants. Values are looked at, and no object is made of a row that is not shown.
 * @param search what of a row may contain what is searched for
 * @param rank what of a row is sorted by
 * @param show makes a row
 */
export function listWindow<Item, Row>(
  items: Iterable<Item>,
  { search: wanted, from, count, descending }: View,
  search: (item: Item) => string,
  rank: (item: Item) => Value,
  show: (item: Item) => Row,
): { total: number; rows: Row[] } {
  const found: { readonly item: Item; readonly rank: number | string }[] = [];
  for (const item of items) {
    if (wanted !== '' && !search(item).toLowerCase().includes(wanted)) continue;
    const value = rank(item);
    found.push({ item, rank: typeof value === 'boolean' ? Number(value) : value });
  }
  found.sort(descending ? (a, b) => compare(b.rank, a.rank) : (a, b) => compare(a.rank, b.rank));
  const rows = found.slice(from, from + count).map(({ item }) => show(item));
  return { total: found.length, rows };
}
