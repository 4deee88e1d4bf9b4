import { reasonOf, writeAsContact } from './api.ts';
import type { ChannelInfo } from './channels.ts';
import { element, icon, submitOnCtrlEnter } from './dom.ts';

const plane = 'M12 19V5M5.5 11.5L12 5l6.5 6.5';

/** A reply keeps the subject of the email that it replies to. */
export const replySubject = (last: string | null): string => {
  if (last === null || last === '') return 'Question about my appointment';
  return /^re:/i.test(last) ? last : `Re: ${last}`;
};

/** Where you write as the contact; the vendor's webhook carries it to the API. */
export const createReplyBox = (info: ChannelInfo, subject: () => string): HTMLFormElement => {
  const label = `Write as Jane on ${info.name}`;
  const multiline = info.channel === 'email';
  const input = multiline
    ? element('textarea', { rows: '2', 'aria-label': label, placeholder: info.placeholder })
    : element('input', { 'aria-label': label, placeholder: info.placeholder, autocomplete: 'off' });
  const problem = element('p', { class: 'problem', role: 'alert' });
  const button = element(
    'button',
    { type: 'submit', 'aria-label': `Send as Jane on ${info.name}` },
    icon(plane),
  );
  const form = element('form', { class: 'reply' }, input, button, problem);
  const send = async () => {
    const text = input.value.trim();
    if (text === '') return input.focus();
    input.value = '';
    problem.textContent = '';
    try {
      const { channel } = info;
      await writeAsContact({ channel, text, ...(multiline ? { subject: subject() } : {}) });
    } catch (error) {
      input.value = text;
      problem.textContent = reasonOf(error);
    }
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send();
  });
  submitOnCtrlEnter(form);
  return form;
};
