const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

export const byId = (id) => document.getElementById(id);

/** Text comes from strangers: it is only ever set as textContent, never parsed as HTML. */
export function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

/** Shows a text where there is a place for it, or takes the place away when there is none. */
export function say(id, text) {
  byId(id).textContent = text;
  byId(id).hidden = !text;
}

/** The time of day of a Date, as its reader writes it. */
export const timeOfDay = (date) => clock.format(date);
