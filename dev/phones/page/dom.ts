type Child = Node | string | null;
type Attributes = Readonly<Record<string, string | boolean | undefined>>;

const setAttributes = (node: Element, attributes: Attributes): void => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, '');
    else if (typeof value === 'string') node.setAttribute(name, value);
  }
};

/** Strings become text, never markup: contacts' and vendors' words go through here. */
export const element = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] => {
  const node = document.createElement(tag);
  setAttributes(node, attributes);
  node.append(...children.filter((child) => child !== null));
  return node;
};

/** One stroke in a square of 24, drawn in the colour of the text around it. */
export const icon = (path: string): SVGSVGElement => {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  setAttributes(svg, { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' });
  const line = document.createElementNS(namespace, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
};

/** Ctrl or Cmd and Enter, as where Enter alone begins a line. */
export const submitOnCtrlEnter = (form: HTMLFormElement): void =>
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });

/** The element with this id; throws if the page does not have it. */
export const byId = <T extends HTMLElement>(id: string, type: abstract new () => T): T => {
  const node = document.getElementById(id);
  if (!(node instanceof type)) throw new Error(`The page has no #${id} of the right kind.`);
  return node;
};

/** A form's control by its name. */
export const control = <T extends Element | RadioNodeList>(
  form: HTMLFormElement,
  name: string,
  type: abstract new () => T,
): T => {
  const node = form.elements.namedItem(name);
  if (!(node instanceof type)) throw new Error(`The form has no ${name} of the right kind.`);
  return node;
};
