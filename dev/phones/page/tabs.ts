import type { Channel } from '../../../src/ports/channel.ts';
import { channelInfos } from './channels.ts';
import { byId, element } from './dom.ts';
import type { Signal } from './signal.ts';

/** Below this one phone is shown at a time. */
const narrow = matchMedia('(max-width: 719px)');

const steps: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1 };

const nextIndex = (key: string, index: number): number | null => {
  if (key === 'Home') return 0;
  if (key === 'End') return channelInfos.length - 1;
  const step = steps[key];
  return step === undefined ? null : (index + step + channelInfos.length) % channelInfos.length;
};

const createTab = ({ channel, name }: (typeof channelInfos)[number]): HTMLButtonElement =>
  element(
    'button',
    { type: 'button', role: 'tab', id: `tab-${channel}`, 'aria-controls': `phone-${channel}` },
    name,
  );

/** Scrolls until the phone is visible, and not at all if it is. */
export const revealPhone = (channel: Channel): void =>
  byId(`phone-${channel}`, HTMLElement).scrollIntoView({ block: 'nearest', inline: 'nearest' });

/** Tabs where one phone is shown at a time; plain regions where all are shown. */
export const startTabs = (selected: Signal<Channel>): void => {
  const list = byId('tabs', HTMLElement);
  const tabs = channelInfos.map((info) => ({ ...info, tab: createTab(info) }));
  list.append(...tabs.map(({ tab }) => tab));

  const show = () => {
    list.hidden = !narrow.matches;
    for (const { channel, tab } of tabs) {
      const isSelected = channel === selected.get();
      tab.setAttribute('aria-selected', `${isSelected}`);
      tab.tabIndex = isSelected ? 0 : -1;
      const panel = byId(`phone-${channel}`, HTMLElement);
      panel.hidden = narrow.matches && !isSelected;
      panel.dataset.selected = `${isSelected}`;
      panel.setAttribute('role', narrow.matches ? 'tabpanel' : 'region');
    }
  };

  for (const [index, { channel, tab }] of tabs.entries()) {
    tab.addEventListener('click', () => selected.set(channel));
    tab.addEventListener('keydown', (event) => {
      const next = tabs[nextIndex(event.key, index) ?? -1];
      if (!next) return;
      event.preventDefault();
      selected.set(next.channel);
      next.tab.focus();
    });
  }
  narrow.addEventListener('change', show);
  selected.watch(show);
};
