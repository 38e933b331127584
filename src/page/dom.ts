type Child = Node | string | number | undefined | false;
type Attributes = { readonly [name: string]: string | number | boolean | undefined | ((event: Event) => void) };

/** An element with attributes (`on…` are listeners; false and undefined are left out) and children. Never parses text. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Child | readonly Child[])[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flat().flatMap(shown));
  return element;
}

const shown = (child: Child): (Node | string)[] =>
  child === undefined || child === false ? [] : [typeof child === 'number' ? String(child) : child];

/** The one element that the page itself has for `selector`. */
export function part<E extends Element>(selector: string, kind: new () => E, within: ParentNode = document): E {
  const found = within.querySelector(selector);
  if (found instanceof kind) return found;
  throw new TypeError(`the page has no ${selector}`);
}

/** Says something to who cannot see it. */
export function announce(text: string): void {
  part('#told', HTMLElement).textContent = text;
}

let toast: ReturnType<typeof setTimeout> | undefined;

/** Says something to everybody, for some seconds. */
export function tell(text: string): void {
  const told = part('#told', HTMLElement);
  announce(text);
  told.className = 'toast';
  clearTimeout(toast);
  toast = setTimeout(() => {
    told.className = 'unseen';
  }, 3_000);
}

/** A column heading. */
export const th = (text: string | Node, scope: 'col' | 'row' = 'col'): HTMLElement => h('th', { scope }, text);

/** A table that scrolls by itself where the window is narrow. */
export function table(caption: string, heading: readonly (string | Node)[], rows: readonly HTMLElement[]): HTMLElement {
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      {},
      h('caption', { class: 'unseen' }, caption),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          heading.map((text) => th(text)),
        ),
      ),
      h('tbody', {}, rows),
    ),
  );
}

/**
 * A table that style sheets lay out as cards where the window is narrow. Roles stand in the markup, in its rows too, because
 * what is laid out so is no table to browsers any more.
 */
export function cardTable(caption: string, headings: readonly string[], body: HTMLElement): HTMLElement {
  const head = headings.map((text) => h('th', { scope: 'col', role: 'columnheader' }, text));
  return h(
    'div',
    { class: 'scroll cards' },
    h(
      'table',
      { role: 'table' },
      h('caption', { class: 'unseen' }, caption),
      h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, head)),
      body,
    ),
  );
}
