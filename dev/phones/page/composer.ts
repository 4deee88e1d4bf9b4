import type { Channel } from '../../../src/ports/channel.ts';
import type { Setup } from '../wire.ts';
import type { ApiRequest } from './api.ts';
import { channelInfos, infoOf } from './channels.ts';
import { byId, control, element } from './dom.ts';
import type { Exchanges } from './exchange.ts';
import { type Draft, newKey, toRequest } from './request.ts';
import type { Signal } from './signal.ts';

const instruction = 'Confirm the appointment on Thursday at 10 am.';

export type Composer = {
  /** Fills the form in and sends it; resolves when the answer is there. */
  send(draft: Partial<Draft>): Promise<void>;
  sendAgain(): Promise<void>;
};

const createChannelChoice = (selected: Signal<Channel>): void => {
  const inputs = channelInfos.map(({ channel, name }) => {
    const input = element('input', { type: 'radio', name: 'channel', value: channel });
    input.addEventListener('change', () => selected.set(channel));
    selected.watch((current) => {
      input.checked = current === channel;
    });
    return element('label', {}, input, element('span', {}, name));
  });
  byId('channel-choice', HTMLElement).append(...inputs);
};

const readControls = (form: HTMLFormElement) => ({
  mode: control(form, 'mode', RadioNodeList),
  content: control(form, 'content', HTMLTextAreaElement),
  subject: control(form, 'subject', HTMLInputElement),
  key: control(form, 'key', HTMLInputElement),
  respondAsync: control(form, 'respondAsync', HTMLInputElement),
});
type Controls = ReturnType<typeof readControls>;

const readDraft = (controls: Controls, channel: Channel): Draft => ({
  channel,
  ai: controls.mode.value === 'ai',
  content: controls.content.value,
  subject: controls.subject.value.trim(),
  key: controls.key.value.trim(),
  respondAsync: controls.respondAsync.checked,
});

const fill = (controls: Controls, draft: Partial<Draft>): void => {
  if (draft.ai !== undefined) controls.mode.value = draft.ai ? 'ai' : 'manual';
  if (draft.key !== undefined) controls.key.value = draft.key;
  if (draft.respondAsync !== undefined) controls.respondAsync.checked = draft.respondAsync;
};

/** Fits the form to the channel and the kind of words, as long as nobody has written in it. */
const createFitting = (controls: Controls) => {
  let written = false;
  controls.content.addEventListener('input', () => {
    written = controls.content.value !== '';
  });
  const fit = ({ channel, ai }: Draft): void => {
    byId('subject-field', HTMLElement).hidden = channel !== 'email';
    byId('content-label', HTMLElement).textContent = ai ? 'Instruction to the agent' : 'Text';
    if (!written) controls.content.value = ai ? instruction : infoOf(channel).example;
  };
  /** The words that a scenario brings are its own. */
  const keep = (content: string) => {
    controls.content.value = content;
    written = true;
  };
  const release = () => {
    written = false;
  };
  return { fit, keep, release };
};

export const startComposer = (
  setup: Setup,
  selected: Signal<Channel>,
  exchanges: Exchanges,
): Composer => {
  createChannelChoice(selected);
  const form = byId('composer', HTMLFormElement);
  const again = byId('again', HTMLButtonElement);
  const controls = readControls(form);
  const { fit, keep, release } = createFitting(controls);
  let last: ApiRequest | null = null;

  const refresh = () => {
    fit(readDraft(controls, selected.get()));
    exchanges.preview(toRequest(setup, readDraft(controls, selected.get())));
  };
  const send = async (request: ApiRequest) => {
    last = request;
    again.disabled = false;
    await exchanges.send(request);
  };
  const sendNew = async () => {
    const request = toRequest(setup, readDraft(controls, selected.get()));
    if (controls.key.value !== '') controls.key.value = newKey();
    await send(request);
  };
  const sendAgain = async () => {
    if (last) await send(last);
  };

  controls.key.value = newKey();
  byId('new-key', HTMLButtonElement).addEventListener('click', () => {
    controls.key.value = newKey();
    refresh();
  });
  form.addEventListener('input', refresh);
  selected.watch(refresh);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void sendNew();
  });
  again.addEventListener('click', () => void sendAgain());
  return {
    sendAgain,
    send: async (draft) => {
      if (draft.channel !== undefined) selected.set(draft.channel);
      fill(controls, draft);
      if (draft.content !== undefined) keep(draft.content);
      refresh();
      await sendNew();
      release();
    },
  };
};
