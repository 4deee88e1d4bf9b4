import type { Channel } from '../../../src/ports/channel.ts';
import type { FaultKind, Surroundings } from '../wire.ts';
import { clearFault, clearFaults, reasonOf, setFault } from './api.ts';
import { infoOf } from './channels.ts';
import { byId, element } from './dom.ts';
import type { Signal } from './signal.ts';

type Choice = FaultKind | 'works';
type Option = { readonly choice: Choice; readonly name: string; readonly told: string };

const options: readonly Option[] = [
  { choice: 'works', name: 'Works', told: '200' },
  { choice: 'down', name: 'Is down (503)', told: 'delivery_failed, retry: safe' },
  { choice: 'slow', name: 'Is slow (4 s)', told: '200, late' },
  {
    choice: 'hang',
    name: 'Accepts, then hangs',
    told: '200 where a receipt tells of it within 10 s, else delivery_unknown, retry: check',
  },
  { choice: 'refuse', name: 'Refuses the address', told: 'delivery_failed, retry: never' },
];

const label = (input: HTMLInputElement, name: string, told: string): HTMLLabelElement =>
  element(
    'label',
    { class: 'option' },
    input,
    element('span', {}, element('b', {}, name), element('small', {}, `Caller: ${told}`)),
  );

/** Makes a change, and shows its outcome. */
type Change = (change: () => Promise<unknown>) => void;

const createOptions = (selected: Signal<Channel>, change: Change) =>
  options.map(({ choice, name, told }) => {
    const input = element('input', { type: 'radio', name: 'fault', value: choice });
    input.addEventListener('change', () => {
      const channel = selected.get();
      change(() => (choice === 'works' ? clearFault(channel) : setFault(channel, choice)));
    });
    return { choice, input, node: label(input, name, told) };
  });

const createModelSwitch = (change: Change) => {
  const input = element('input', { type: 'checkbox', role: 'switch', name: 'model' });
  input.addEventListener('change', () => {
    change(() => (input.checked ? setFault('model', 'down') : clearFault('model')));
  });
  return { input, node: label(input, 'The AI model is down', 'ai_unavailable, retry: safe') };
};

/** The faults of the chosen channel's provider and of the model. */
export const startFaults = (
  selected: Signal<Channel>,
  surroundings: Signal<Surroundings>,
): void => {
  const problem = element('p', { class: 'problem', role: 'alert' });
  const change = async (carryOut: () => Promise<unknown>) => {
    problem.textContent = '';
    try {
      await carryOut();
    } catch (error) {
      problem.textContent = `It was not changed. ${reasonOf(error)}`;
      show();
    }
  };
  const choices = createOptions(selected, change);
  const model = createModelSwitch(change);
  const legend = element('legend', {});
  const repair = element('button', { type: 'button', class: 'quiet' }, 'Repair everything');
  repair.addEventListener('click', () => void change(clearFaults));
  byId('faults', HTMLFormElement).append(
    element('fieldset', { class: 'options' }, legend, ...choices.map(({ node }) => node)),
    model.node,
    problem,
    repair,
  );

  const show = () => {
    const { faults } = surroundings.get();
    const { name, provider, host } = infoOf(selected.get());
    const shared = host === 'graph.facebook.com' ? ', for WhatsApp and Messenger' : '';
    legend.textContent = `${provider}${shared || `, for ${name}`}`;
    const current = faults.find(({ target }) => target === host)?.kind ?? 'works';
    for (const { choice, input } of choices) input.checked = choice === current;
    model.input.checked = faults.some(({ target }) => target === 'model');
    repair.disabled = faults.length === 0;
  };
  selected.watch(show);
  surroundings.watch(show);
};
