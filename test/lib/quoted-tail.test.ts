import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutQuotedTail } from '../../src/lib/quoted-tail.ts';

const quoted = '> Hello Jane,\n>\n> your order is on its way.\n';
const outlook =
  '\nSent: Monday, April 20, 2026 11:42 AM\nTo: Jane\nSubject: Your order\n\nHello Jane';

describe('what a person wrote in a reply', () => {
  test.each([
    `On Mon, Apr 20, 2026 at 11:42 AM Acme <hello@acme.example> wrote:\n\n${quoted}`,
    `On Mon, Apr 20, 2026 at 11:42 AM Acme <hello@acme.example>\nwrote:\n\n${quoted}`,
    `On Mon, Apr 20, 2026 at 11:42 AM\nAcme Dental of Springfield\n<hello@acme.example> wrote:\n${quoted}`,
    'On 20 Apr 2026, at 11:42, Acme <hello@acme.example> wrote:\n\nHello Jane,\nyour order',
    `Am 20.04.2026 um 11:42 schrieb Acme <hello@acme.example>:\n${quoted}`,
    `Am Mo., 20. Apr. 2026 um 11:42 Uhr schrieb Acme <\nhello@acme.example>:\n\n${quoted}`,
    `Acme <hello@acme.example> schrieb am Mo., 20. Apr. 2026, 11:42:\n\n${quoted}`,
    `Le lun. 20 avr. 2026 à 11:42, Acme <hello@acme.example> a écrit :\n\n${quoted}`,
    `El lun, 20 abr 2026 a las 11:42, Acme (<hello@acme.example>)\nescribió:\n\n${quoted}`,
    `Il giorno lun 20 apr 2026 alle ore 11:42 Acme <hello@acme.example> ha scritto:\n\n${quoted}`,
    `Em seg., 20 de abr. de 2026 às 11:42, Acme <hello@acme.example> escreveu:\n\n${quoted}`,
    `On Apr 20, 2026, at 11:42\u202fAM, Acme <hello@acme.example> wrote:\n\n${quoted}`,
    `Le 20 avr. 2026 à 11:42, Acme <hello@acme.example> a écrit\u00a0:\n\n${quoted}`,
    'De: Acme <hello@acme.example>\nEnviado el: lunes, 20 de abril de 2026 11:42\nPara: Jane\nAsunto: Su pedido',
    'Da: Acme <hello@acme.example>\nInviato: lunedì 20 aprile 2026 11:42\nA: Jane\nOggetto: Ordine',
    `Op ma 20 apr. 2026 om 11:42 schreef Acme <hello@acme.example>:\n\n${quoted}`,
    'On Mon, Apr 20, 2026 Acme <hello@acme.example<mailto:hello@acme.example>> wrote:\nHello',
    '-----Original Message-----\nFrom: Acme\nHello Jane',
    '-----Ursprüngliche Nachricht-----\nVon: Acme\nHallo',
    "-----Message d'origine-----\nDe : Acme\nBonjour",
    '________________________________\nFrom: Acme <hello@acme.example>\nHello',
    `From: Acme <hello@acme.example>${outlook}`,
    `*From:* Acme <hello@acme.example>${outlook.replace('Sent:', '*Sent:*')}`,
    'Von: Acme <hello@acme.example>\nGesendet: Montag, 20. April 2026 11:42\nAn: Jane\nBetreff: Ihre Bestellung',
    'De : Acme <hello@acme.example>\nEnvoyé : lundi 20 avril 2026 11:42\nÀ : Jane',
    quoted,
  ])('ends where the earlier mail begins: %j', (tail) => {
    const own = 'Thank you!\n\nWhen will it arrive?';
    expect(withoutQuotedTail(`${own}\n\n${tail}`)).toBe(own);
    expect(withoutQuotedTail(`${own}\n\n${tail}`.replaceAll('\n', '\r\n'))).toBe(own);
    expect(withoutQuotedTail(tail)).toBe(tail);
  });

  test.each([
    'Thank you!',
    'Hello,\nOn Monday she wrote:\nI will come at ten.',
    'On 3 May I wrote that I would come.\nMay I come on the 4th?',
    'From: Berlin\nTo: Munich\nWhen does it leave?',
    'a > b\n-- \nJane',
    '_____\nJane',
  ])('is the whole where nothing is quoted: %j', (text) => {
    expect(withoutQuotedTail(text)).toBe(text);
  });

  test('is kept where it stands below or between what it answers', () => {
    const intro = 'On Mon, Apr 20, 2026 at 11:42 AM Acme <hello@acme.example> wrote:';
    const below = `Hello,\n\n${intro}\n${quoted}\nTomorrow, please.`;
    const between = `Hello,\n\n${intro}\n> When?\nTomorrow.\n> Where?\nAt home.`;
    expect(withoutQuotedTail(below)).toBe(below);
    expect(withoutQuotedTail(between)).toBe(between);
  });

  test('is never empty where the text was not', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('> a', '', 'On 1 a wrote:', '_'.repeat(30), 'From: a', 'Sent: b'),
    );
    const text = fc.array(line, { minLength: 1 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, (given) => (withoutQuotedTail(given) === '') === (given === '')),
      { numRuns: 1000 },
    );
  });

  test.each([
    'On 1 wrote\n',
    '> \n',
    ' ',
    '_',
    'On 1 wrote ',
    'From: a\n',
    '\n',
    '-',
    'On 1 wrote:\n',
  ])('is found in a moment among many %j', (piece) => {
    const started = performance.now();
    withoutQuotedTail(`a\n${piece.repeat(1_000_000 / piece.length)}b`);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
