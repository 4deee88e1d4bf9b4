import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutQuotedTail } from '../../src/lib/quoted-tail.ts';
import { cpuMs } from '../support/measure-growth.ts';

const reply = { subject: 'Re: Your order', own: ['hello@acme.example'] };
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
    expect(withoutQuotedTail(`${own}\n\n${tail}`, reply)).toBe(own);
    expect(withoutQuotedTail(`${own}\n\n${tail}`.replaceAll('\n', '\r\n'), reply)).toBe(own);
    expect(withoutQuotedTail(tail, reply)).toBe(tail);
  });

  test.each([
    'Thank you!',
    'Hello,\nOn Monday she wrote:\nI will come at ten.',
    'On 3 May I wrote that I would come.\nMay I come on the 4th?',
    'From: Berlin\nTo: Munich\nWhen does it leave?',
    'a > b\n-- \nJane',
    'On 3 May 2026 at 10:15 your colleague wrote:\nPlease come at ten.\nIs that so?',
    'On 3 May your colleague wrote:',
    '_____\nJane',
  ])('is the whole where nothing is quoted: %j', (text) => {
    expect(withoutQuotedTail(text, reply)).toBe(text);
  });

  const bill =
    'Billing <billing@insurer.example>\nSent: Monday, November 23, 2026 9:00 AM\nTo: hello@acme.example\nSubject: Your invoice 4711\n\nAmount due: 120.00 EUR.';
  const question = 'Can you explain this to me?';

  test.each([
    ['FW: Your invoice 4711', `From: ${bill}`],
    ['Fwd: Your invoice 4711', `________________________________\nFrom: ${bill}`],
    ['WG: Ihre Rechnung', `-----Ursprüngliche Nachricht-----\nVon: ${bill}`],
    ['[External] TR: Votre facture', `De : ${bill}`],
    ['RV: Su factura', `> ${bill.replaceAll('\n', '\n> ')}`],
    ['I: Fattura', `Da: ${bill}`],
    ['Your invoice', `---------- Forwarded message ---------\nFrom: ${bill}`],
    ['Re: Your invoice', `Begin forwarded message:\n\nFrom: ${bill}`],
    [null, `-------- Weitergeleitete Nachricht --------\nVon: ${bill}`],
    [null, `---------- Message transféré ---------\nDe : ${bill}`],
    [null, `---------- Forwarded message ---------\n> ${bill.replaceAll('\n', '\n> ')}`],
  ])('stays where it is forwarded: %j', (subject, forwarded) => {
    const text = `${question}\n\n${forwarded}\n\n> and what that answered`;
    expect(withoutQuotedTail(text, { ...reply, subject })).toBe(text);
  });

  test('is what was forwarded as far as we wrote it ourselves', () => {
    const forwarded = bill.replace('billing@insurer.example', 'Hello@Acme.example');
    const subject = 'FW: Your invoice 4711';
    const text = `${question}\n\nFrom: ${forwarded}`;
    expect(withoutQuotedTail(text, { ...reply, subject })).toBe(question);
    const answered = `${question}\n\nFrom: ${forwarded}\n\n---------- Forwarded message ---------\nFrom: ${bill}`;
    expect(withoutQuotedTail(answered, reply)).toBe(question);
  });

  test('is kept where it stands below or between what it answers', () => {
    const intro = 'On Mon, Apr 20, 2026 at 11:42 AM Acme <hello@acme.example> wrote:';
    const below = `Hello,\n\n${intro}\n${quoted}\nTomorrow, please.`;
    const between = `Hello,\n\n${intro}\n> When?\nTomorrow.\n> Where?\nAt home.`;
    expect(withoutQuotedTail(below, reply)).toBe(below);
    expect(withoutQuotedTail(between, reply)).toBe(between);
  });

  test('is never empty where the text was not', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('> a', '', 'On 1 a wrote:', '_'.repeat(30), 'From: a', 'Sent: b'),
    );
    const text = fc.array(line, { minLength: 1 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, (given) => (withoutQuotedTail(given, reply) === '') === (given === '')),
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
    'On 1 <a@b> wrote:\n\n',
    '-- :\n',
    'message :',
    '\n',
    '-',
    'On 1 wrote:\n',
  ])('is found in a moment among many %j', (piece) => {
    const started = cpuMs();
    withoutQuotedTail(`a\n${piece.repeat(1_000_000 / piece.length)}b`, reply);
    expect(cpuMs() - started).toBeLessThan(5000);
  });
});
