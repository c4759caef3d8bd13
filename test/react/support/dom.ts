import { Window } from 'happy-dom';

/** What is used of elements, whose types are not those of a program for Node. */
interface Body {
  append(element: Element): void;
  readonly ownerDocument: { createElement(name: string): Element };
}

export interface Element {
  innerHTML: string;
  readonly textContent: string | null;
  remove(): void;
}

const window = new Window({ url: 'http://test/' });

/** What React looks for in a page. */
const PAGE = {
  window,
  document: window.document,
  location: window.location,
  navigator: window.navigator,
  HTMLElement: window.HTMLElement,
  HTMLIFrameElement: window.HTMLIFrameElement,
  IS_REACT_ACT_ENVIRONMENT: true,
};

/** The page's body, where React puts what it renders. */
export const body = window.document.body as unknown as Body;

/** Makes this process a page. React has to be loaded after it. */
export function openPage(): void {
  for (const [name, value] of Object.entries(PAGE)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
}

/** And a server again, which has none of it. */
export function leavePage(): void {
  for (const name of Object.keys(PAGE)) Reflect.deleteProperty(globalThis, name);
}
