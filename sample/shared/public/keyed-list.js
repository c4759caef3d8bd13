/**
 * Shows one child of `list` for each item, in their order: `make(item)` for what is new, `update(child, item)`
 * for all. Those that were there are kept: a button that is made anew between a finger's down and up is never
 * clicked, and with it goes the keyboard's place on the page.
 */
export function showItems(list, items, { key, make, update }) {
  const before = new Map([...list.children].map((child) => [child.dataset.key, child]));
  const children = items.map((item) => {
    const name = String(key(item));
    const child = before.get(name) ?? make(item);
    child.dataset.key = name;
    update(child, item);
    return child;
  });
  for (const child of before.values()) if (!children.includes(child)) child.remove();
  children.forEach((child, index) => {
    if (list.children[index] !== child) list.insertBefore(child, list.children[index] ?? null);
  });
}
