import fc from 'fast-check';
import { expect, test } from 'vitest';
import { htmlToText } from '../../src/lib/html-to-text.ts';
import { cpuMs } from '../support/measure-growth.ts';

test.each([
  [
    '<p>Hi&nbsp;there,</p><p>see <b>you</b><br>Jane &amp; Joe</p>',
    'Hi there,\nsee you\nJane & Joe',
  ],
  ['<html><head><title>No</title><style>p { a: "<b>" }</style></head><body>Yes</body>', 'Yes'],
  ['<script>alert("<p>No</p>")</script>Yes', 'Yes'],
  ['a<!-- <p>no</p> > still no -->b', 'ab'],
  ['a<!-- 1 < 2 -->b', 'ab'],
  ['<!--[if mso]><p>no</p><![endif]-->yes<!--[if !mso]><!-->too<!--<![endif]-->', 'yestoo'],
  ['1 < 2 and 3 > 2', '1 < 2 and 3 > 2'],
  ['&lt;b&gt; &#8364; &#x20AC; &copy; &unknown; &#0;&#xD800;.', '<b> € € © &unknown; \ufffd.'],
  [
    'Prix &lt; 5 &euro;, caf&eacute;, M&uuml;ller &ETH;&eth; &Alpha;&omega;&thetasym; &hellip;&ldquo;&rdquo; &sup2;&frac34;',
    'Prix < 5 €, café, Müller Ðð Αωϑ …“” ²¾',
  ],
  [
    '&#128; I&#146;m &NBSP;here, Do&shy;nau &apos;x&apos; &toString; &constructor;',
    "€ I’m here, Donau 'x' &toString; &constructor;",
  ],
  ['&amp;lt; &#x110000;', '&lt; &#x110000;'],
  ['<ul><li>one</li><li>two</li></ul>\n\n\n<div></div><div></div>three', 'one\ntwo\n\nthree'],
  ['<a href="https://x.example/?a=1&b=2">link</a>', 'link'],
  ['plain', 'plain'],
  ['', ''],
  ['<style>never closed', ''],
])('reads %j as a person would', (html, text) => {
  expect(htmlToText(html)).toBe(text);
});

test('never throws, and leaves no control characters', () => {
  const part = fc.constantFrom('<', '>', '<!--', '-->', '<p', '</style', '<style', '&#', '1;', 'x');
  const html = fc.array(fc.oneof(part, fc.string())).map((parts) => parts.join(''));
  fc.assert(fc.property(html, (given) => !htmlToText(given).includes('\0')));
});

test.each(['<', '<!--', '<style', '<a'.repeat(2), '&#', '&eacute', '&a1', ' \n', '<p>', '</p>'])(
  'takes no longer than its length for many %j',
  (piece) => {
    const started = cpuMs();
    htmlToText(piece.repeat(1_000_000 / piece.length));
    expect(cpuMs() - started).toBeLessThan(5000);
  },
);
