import type { Channel } from '../../../src/ports/channel.ts';
import type { Setup } from '../wire.ts';
import type { ApiRequest, Exchange } from './api.ts';
import { channelInfos, infoOf } from './channels.ts';
import { byId, control, element, submitOnCtrlEnter } from './dom.ts';
import type { Exchanges, Stage } from './exchange.ts';
import { type Draft, newKey, toRequest } from './request.ts';
import type { Signal } from './signal.ts';
import { judge, type Verdict } from './verdict.ts';

const instruction = 'Confirm the appointment on Thursday at 10 am.';

/** A scene's way to use the form. Its outcome is shown until another scene begins. */
export type Scene = {
  /** Fills in the form and sends it; resolves when the response has come. */
  send(draft: Partial<Draft>): Promise<void>;
  sendAgain(): Promise<void>;
  /** Says something in the place of the response. */
  tell(verdict: Verdict): void;
};

export type Composer = {
  begin(name: string, channel: Channel): Scene;
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

/** Fits the form to the channel and to the kind of words, unless somebody has typed in it. */
const createFitting = (controls: Controls) => {
  let written = false;
  controls.content.addEventListener('input', () => {
    written = true;
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

/** The reason why it does not send: the form is empty. */
const createValidation = ({ content }: Controls) => {
  const problem = byId('content-problem', HTMLElement);
  const show = (words: string) => {
    problem.textContent = words;
    content.setAttribute('aria-invalid', `${words !== ''}`);
  };
  content.addEventListener('input', () => show(''));
  return (): boolean => {
    const isEmpty = content.value.trim() === '';
    show(isEmpty ? 'Write something first: the API refuses a text that is empty.' : '');
    if (isEmpty) content.focus();
    return !isEmpty;
  };
};

/** One at a time, so a double click sends once. The buttons keep the focus meanwhile. */
const createTurn = (buttons: readonly HTMLButtonElement[]) => {
  let busy = false;
  const mark = (isBusy: boolean) => {
    busy = isBusy;
    for (const button of buttons) button.setAttribute('aria-disabled', `${isBusy}`);
  };
  return async (action: () => Promise<unknown>): Promise<void> => {
    if (busy) return;
    mark(true);
    await action();
    mark(false);
  };
};

/** After these the key belongs to the message. After any other response, or none, the key is what makes a repeat safe. */
const isSettled = (exchange: Exchange | null): boolean =>
  exchange !== null && (exchange.status < 300 || judge(exchange).tone === 'never');

/** A key is for one message: a changed form is another message. */
const createKeys = (form: HTMLFormElement, { key }: Controls) => {
  let used: string | null = null;
  const renew = () => {
    if (key.value !== '') key.value = newKey();
    used = null;
  };
  form.addEventListener('input', ({ target }) => {
    if (target !== key && key.value === used) renew();
  });
  return {
    /** The message that is being sent. */
    use: () => {
      used = key.value;
      return used;
    },
    settle: (own: string) => {
      if (key.value === own) renew();
    },
  };
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
  const isSendable = createValidation(controls);
  const keys = createKeys(form, controls);
  const inTurn = createTurn([byId('send', HTMLButtonElement), again]);
  let last: ApiRequest | null = null;

  const refresh = () => {
    fit(readDraft(controls, selected.get()));
    exchanges.preview(toRequest(setup, readDraft(controls, selected.get())));
  };
  const send = async (stage: Stage, request: ApiRequest) => {
    last = request;
    again.disabled = false;
    return exchanges.send(stage, request);
  };
  const sendNew = async (stage: Stage) => {
    const own = keys.use();
    const exchange = await send(stage, toRequest(setup, readDraft(controls, selected.get())));
    if (isSettled(exchange)) keys.settle(own);
  };
  const sendAgain = async (stage: Stage) => {
    if (last) await send(stage, last);
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
    if (isSendable()) void inTurn(() => sendNew(exchanges.begin(null)));
  });
  again.addEventListener('click', () => void inTurn(() => sendAgain(exchanges.begin(null))));
  submitOnCtrlEnter(form);

  const play = async (stage: Stage, draft: Partial<Draft>) => {
    if (draft.channel !== undefined) selected.set(draft.channel);
    fill(controls, draft);
    if (draft.content !== undefined) keep(draft.content);
    refresh();
    await sendNew(stage);
    release();
  };
  return {
    begin: (name, channel) => {
      const stage = exchanges.begin(name);
      selected.set(channel);
      return {
        send: (draft) => play(stage, draft),
        sendAgain: () => sendAgain(stage),
        tell: (verdict) => exchanges.tell(stage, verdict),
      };
    },
  };
};
