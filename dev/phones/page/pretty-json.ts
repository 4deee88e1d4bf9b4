import { element } from './dom.ts';

const tokens = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?)/g;

const kindOf = ([, text, colon, word]: RegExpExecArray): string => {
  if (text !== undefined) return colon === undefined ? 'text' : 'key';
  return word === undefined ? 'number' : 'word';
};

/** JSON with its kinds of values told apart. */
export const prettyJson = (value: unknown): DocumentFragment => {
  const json = JSON.stringify(value, null, 2);
  const fragment = new DocumentFragment();
  let end = 0;
  for (const match of json.matchAll(tokens)) {
    fragment.append(json.slice(end, match.index));
    fragment.append(element('span', { class: `json-${kindOf(match)}` }, match[0]));
    end = match.index + match[0].length;
  }
  fragment.append(json.slice(end));
  return fragment;
};
