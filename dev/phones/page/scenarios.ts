import type { Channel } from '../../../src/ports/channel.ts';
import { clearFault, reasonOf, setFault, writeAsContact } from './api.ts';
import { channelInfos } from './channels.ts';
import type { Composer, Scene } from './composer.ts';
import { byId, element } from './dom.ts';
import { newKey } from './request.ts';
import { revealPhone } from './tabs.ts';
import type { Verdict } from './verdict.ts';

type Scenario = {
  readonly title: string;
  readonly text: string;
  /** The channel where it is seen first. */
  readonly channel: Channel;
  readonly play: (scene: Scene) => Promise<unknown>;
};

/** Nobody calls the API in this scene. */
const jane: Verdict = {
  tone: 'waiting',
  title: 'Nobody calls the API here',
  text: 'Jane writes, and the vendor’s webhook brings it. WhatsApp shows the agent’s answer.',
};

const confirmation = 'Your appointment is confirmed for Thursday at 10 am.';

/** The vendor takes messages and hangs while the scene lasts, and no longer, even if the page is closed. */
const whileHanging = async (channel: Channel, play: () => Promise<unknown>): Promise<void> => {
  const leave = () => void clearFault(channel).catch(() => undefined);
  addEventListener('pagehide', leave);
  try {
    await setFault(channel, 'hang');
    await play();
  } finally {
    removeEventListener('pagehide', leave);
    await clearFault(channel);
  }
};

const scenarios: readonly Scenario[] = [
  {
    title: 'Reach Jane everywhere',
    channel: 'instagram',
    text: 'The same POST on five channels. Watch the receipts come in.',
    play: async ({ send }) => {
      for (const { channel, example } of [...channelInfos].reverse()) {
        await send({ channel, content: example, ai: false, respondAsync: false, key: newKey() });
      }
    },
  },
  {
    title: 'Fire it twice',
    channel: 'sms',
    text: 'One key, two requests. Jane gets one message.',
    play: async ({ send, sendAgain }) => {
      const content = 'Reminder: your check-up is tomorrow at 9 am.';
      await send({ channel: 'sms', content, ai: false, respondAsync: false, key: newKey() });
      await sendAgain();
    },
  },
  {
    title: 'Let Jane ask',
    channel: 'whatsapp',
    text: 'She writes on WhatsApp. The AI agent answers, once.',
    play: async ({ tell }) => {
      tell(jane);
      await writeAsContact({ channel: 'whatsapp', text: 'Can I come an hour later?' });
    },
  },
  {
    title: 'Lose the answer',
    channel: 'instagram',
    text: 'The vendor takes it and hangs. Its receipt says what became of it; nothing is sent twice.',
    play: async ({ send }) => {
      const content = 'Your invoice for March is ready.';
      const draft = { content, ai: false, respondAsync: false, key: newKey() };
      await whileHanging('instagram', () => send({ channel: 'instagram', ...draft }));
    },
  },
  {
    title: 'Text STOP',
    channel: 'sms',
    text: 'Jane opts out of SMS. The next send is refused.',
    play: async ({ send }) => {
      await writeAsContact({ channel: 'sms', text: 'STOP' });
      await send({
        channel: 'sms',
        content: confirmation,
        ai: false,
        respondAsync: false,
        key: newKey(),
      });
    },
  },
];

/** All scenes, each one click. */
export const startScenarios = (composer: Composer): void => {
  const items = scenarios.map(({ title, text, channel, play }) => {
    const button = element(
      'button',
      { type: 'button' },
      element('b', {}, title),
      element('span', {}, text),
    );
    const problem = element('p', { class: 'problem', role: 'alert' });
    button.addEventListener('click', async () => {
      if (button.getAttribute('aria-busy') === 'true') return;
      button.setAttribute('aria-busy', 'true');
      problem.textContent = '';
      try {
        const scene = composer.begin(title, channel);
        revealPhone(channel);
        await play(scene);
      } catch (error) {
        problem.textContent = `This was not played to its end. ${reasonOf(error)}`;
      }
      button.removeAttribute('aria-busy');
    });
    return element('li', {}, button, problem);
  });
  byId('scenarios', HTMLElement).append(...items);
};
