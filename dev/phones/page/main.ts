import type { Channel } from '../../../src/ports/channel.ts';
import { announceArrivals } from './announcer.ts';
import { readSetup } from './api.ts';
import { channelInfos } from './channels.ts';
import { startComposer } from './composer.ts';
import { createDevice } from './device.ts';
import { byId } from './dom.ts';
import { startExchanges } from './exchange.ts';
import { startFaults } from './faults.ts';
import type { OpenTrace } from './message-view.ts';
import { startScenarios } from './scenarios.ts';
import { createSignal } from './signal.ts';
import { followEvents, type Live } from './store.ts';
import { startTabs } from './tabs.ts';
import { startTheme } from './theme.ts';
import { startTrace } from './trace.ts';

const connectionWords = {
  connecting: 'Connecting…',
  live: 'Live',
  lost: 'Connection lost. Is npm run dev still running?',
} as const;

const showConnection = ({ connection }: Live): void => {
  const node = byId('connection', HTMLElement);
  connection.watch((state) => {
    node.dataset.state = state;
    node.textContent = connectionWords[state];
  });
};

const showDevices = (live: Live, open: OpenTrace): void => {
  for (const info of channelInfos) {
    const device = createDevice(info, open);
    byId('devices', HTMLElement).append(device.node);
    live.onMessages((changed) => {
      device.show(changed.filter(({ channel }) => channel === info.channel));
      device.countAll(live.messages.size);
    });
    live.surroundings.watch(device.surround);
  }
};

startTheme();
const setup = await readSetup();
const live = followEvents('/phones/events');
const selected = createSignal<Channel>('sms');
showConnection(live);
showDevices(live, startTrace(setup, live));
startTabs(selected);
const composer = startComposer(setup, selected, startExchanges(setup));
startFaults(selected, live.surroundings);
startScenarios(composer);
announceArrivals(live, byId('announcer', HTMLElement));
