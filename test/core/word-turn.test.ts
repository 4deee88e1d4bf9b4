import { expect, test } from 'vitest';
import { wordTurn as word } from '../../src/core/send/word-turn.ts';
import type { StoredTurn } from '../../src/ports/begin-send.ts';

const turn = (changes: Partial<StoredTurn>): StoredTurn => ({
  senderType: 'contact',
  content: null,
  channel: 'whatsapp',
  at: '2026-11-27T09:00:00Z',
  attachments: [],
  details: {},
  subject: null,
  answeredContent: null,
  ...changes,
});

const wordTurn = (given: StoredTurn) => word(given, []);

const file = (kind: string, changes: object = {}) => ({
  kind,
  id: null,
  url: null,
  mimeType: null,
  name: null,
  ...changes,
});

test.each([
  ['[picture]', file('image', { mimeType: 'image/jpeg' })],
  ['[voice message]', file('voice', { mimeType: 'audio/ogg; codecs=opus' })],
  ['[voice message]', file('audio')],
  ['[video]', file('video')],
  ['[sticker]', file('sticker')],
  ['[PDF card.pdf]', file('document', { mimeType: 'application/pdf', name: 'card.pdf' })],
  ['[file prices.xlsx]', file('document', { name: 'prices.xlsx' })],
  ['[location: Home]', file('location', { url: 'geo:52.5,13.4', name: 'Home' })],
  ['[location: 52.5,13.4]', file('location', { url: 'geo:52.5,13.4' })],
  ['[contact card]', file('contact')],
  ['[appointment booking]', file('appointment_booking')],
  ['[constructor]', file('constructor')],
])('an agent reads %s', (words, attachment) => {
  expect(wordTurn(turn({ attachments: [attachment] }))).toBe(words);
});

test('a contact’s card is one, with all its numbers', () => {
  const name = 'Dr. Lee';
  const attachments = [
    file('contact', { name, url: 'tel:+12125550199' }),
    file('contact', { name, url: 'mailto:lee@example.com' }),
    file('contact', { name: 'Ann' }),
  ];
  expect(wordTurn(turn({ attachments }))).toBe(
    '[contact card: Dr. Lee, +12125550199, lee@example.com]\n[contact card: Ann]',
  );
});

const button = (id: string | null, description: string | null = null) => ({
  button: { id, title: 'x', description },
});

test.each([
  ['09:00 (Friday, with Dr. Lee)', '09:00', button('slot-2026-12-04T09', 'Friday, with Dr. Lee')],
  ['Confirm [button CONFIRM_17]', 'Confirm', button('CONFIRM_17')],
  ['Confirm', 'Confirm', button('Confirm')],
  ['Confirm', 'Confirm', button('{'.repeat(500))],
  [
    '[came from the ad: Whitening 50% off]\nHow much?',
    'How much?',
    { referral: { type: 'ad', id: '1', headline: 'Whitening 50% off', url: null, clickId: null } },
  ],
  [
    '[asks about product sku-17]\nIn blue?',
    'In blue?',
    { product: { id: 'sku-17', catalogId: null } },
  ],
  ['name: Jane\nslots: ["9","10"]', null, { form: { name: 'Jane', slots: ['9', '10'] } }],
  ['Name: Jane', 'Name: Jane', { form: { name: 'Jane' } }],
  [
    '[ordered 2 × sku-17, 12.5 EUR]',
    null,
    {
      order: {
        catalogId: null,
        items: [{ productId: 'sku-17', quantity: 2, price: 12.5, currency: 'EUR' }],
      },
    },
  ],
])('an agent reads %j', (words, content, details) => {
  expect(wordTurn(turn({ content, details }))).toBe(words);
});

test('an email is its own text, its files, or where it has neither its subject', () => {
  const content = '\nOn Mon, 2 Nov 2026 at 09:00, Acme <a@acme.example> wrote:\n> Quoted';
  const mail = { channel: 'email', subject: 'Please call me back' } as const;
  const attachments = [file('image', { name: 'tooth.jpg' })];
  expect(wordTurn(turn({ ...mail, content: ' \n', attachments }))).toBe('[picture tooth.jpg]');
  expect(wordTurn(turn({ ...mail, content: '' }))).toBe('[no text; subject: Please call me back]');
  expect(wordTurn(turn({ ...mail, content, senderType: 'user' }))).toContain('Quoted');
});

test('a message that was corrected after its answer has both', () => {
  expect(wordTurn(turn({ content: 'Tuesday', answeredContent: 'Monday' }))).toBe(
    'Tuesday\n[corrected; you answered: Monday]',
  );
});

test('a name of several lines passes for no turn of its own, and an endless one for no text', () => {
  const name = `a\n\nb ${'x'.repeat(5_000)}`;
  const words = wordTurn(turn({ attachments: [file('document', { name })] }));
  expect(words).toMatch(/^\[file a b x+\]$/);
  expect(words.length).toBeLessThan(220);
});
