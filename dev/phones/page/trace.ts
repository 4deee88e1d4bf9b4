import type { Setup } from '../wire.ts';
import { readMessage } from './api.ts';
import { byId, element } from './dom.ts';
import type { OpenTrace } from './message-view.ts';
import type { Report } from './report.ts';
import type { Store } from './store.ts';
import { viewReport } from './trace-view.ts';

const isReport = (answer: unknown): answer is Report =>
  typeof answer === 'object' && answer !== null && 'attempts' in answer;

const noAnswer = 'The API does not answer. Is npm run dev still running?';

const createFrame = (dialog: HTMLDialogElement) => {
  const content = element('div', { class: 'trace-content' });
  const close = element('button', { type: 'button', class: 'quiet' }, 'Close');
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  const title = element('h2', { id: 'trace-title' }, 'What became of it');
  dialog.append(
    element('div', { class: 'trace-frame' }, element('header', {}, title, close), content),
  );
  return content;
};

/** A dialog with the history of one message, kept up to date while it is open. */
export const startTrace = (setup: Setup, store: Store): OpenTrace => {
  const dialog = byId('trace', HTMLDialogElement);
  const content = createFrame(dialog);
  let openId = '';
  // If the message has changed, the element that had the focus is gone.
  dialog.addEventListener('close', () => {
    const status = document.querySelector<HTMLElement>(`.message[data-id="${openId}"] .status`);
    status?.focus({ preventScroll: true });
  });
  const refresh = async () => {
    const id = openId;
    const answer = await readMessage(setup, id).catch(() => null);
    if (id !== openId) return;
    if (answer === null) content.textContent = noAnswer;
    else if (isReport(answer))
      content.replaceChildren(...viewReport(answer, store.messages.get(id)?.isEcho ?? false));
    else content.textContent = 'The API does not tell of this message.';
  };
  store.onMessages((changed) => {
    if (dialog.open && changed.some(({ id }) => id === openId)) void refresh();
  });
  return (id) => {
    openId = id;
    content.textContent = 'Asking the API…';
    dialog.showModal();
    void refresh();
  };
};
