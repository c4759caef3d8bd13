type Child = Node | string | null;

type Listeners = {
  [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void;
};

/**
 * Makes an element. Whatever is text is set as text: names come from strangers.
 * @param attributes `class`, `role`, `aria-label`; undefined for one that is not there
 */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string | number | boolean | undefined>> = {},
  children: readonly Child[] = [],
  listeners: Listeners = {},
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) setAttribute(made, key, value);
  for (const child of children) if (child !== null) made.append(child);
  for (const [event, listener] of Object.entries(listeners)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of the event whose name it has
    made.addEventListener(event, listener as EventListener);
  }
  return made;
}

/** Undefined and false take it away. */
export function setAttribute(
  target: Element,
  name: string,
  value: string | number | boolean | undefined,
): void {
  if (value === undefined || value === false) target.removeAttribute(name);
  else if (target.getAttribute(name) !== String(value)) {
    target.setAttribute(name, value === true ? '' : String(value));
  }
}

/** Sets text where it is another: what is the same is not laid out again. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
