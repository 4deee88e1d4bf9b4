import type { Channel } from '../../../src/ports/channel.ts';
import type { FaultTarget } from '../wire.ts';

export type ChannelInfo = {
  readonly channel: Channel;
  readonly name: string;
  readonly provider: string;
  /** The provider whose faults this channel has. */
  readonly host: FaultTarget;
  /** The contact's address. */
  readonly address: string;
  readonly placeholder: string;
  readonly example: string;
};

export const channelInfos: readonly ChannelInfo[] = [
  {
    channel: 'sms',
    name: 'SMS',
    provider: 'Twilio',
    host: 'api.twilio.com',
    address: '+1 500 555 0101',
    placeholder: 'Text message',
    example: 'Your appointment is confirmed for Thursday at 10 am.',
  },
  {
    channel: 'email',
    name: 'Email',
    provider: 'Resend',
    host: 'api.resend.com',
    address: 'jane@example.com',
    placeholder: 'Reply to Acme Dental',
    example:
      'Hi Jane,\n\nyour appointment is confirmed for Thursday at 10 am.\n\nSee you then,\nAcme Dental',
  },
  {
    channel: 'whatsapp',
    name: 'WhatsApp',
    provider: 'Meta',
    host: 'graph.facebook.com',
    address: '+1 500 555 0101',
    placeholder: 'Message',
    example: 'Your appointment is confirmed for Thursday at 10 am.',
  },
  {
    channel: 'facebook',
    name: 'Messenger',
    provider: 'Meta',
    host: 'graph.facebook.com',
    address: 'Jane Doe',
    placeholder: 'Aa',
    example: 'Your appointment is confirmed for Thursday at 10 am.',
  },
  {
    channel: 'instagram',
    name: 'Instagram',
    provider: 'Meta',
    host: 'graph.instagram.com',
    address: '@jane.doe',
    placeholder: 'Message…',
    example: 'Your appointment is confirmed for Thursday at 10 am.',
  },
];

export const infoOf = (channel: Channel): ChannelInfo => {
  const info = channelInfos.find((each) => each.channel === channel);
  if (!info) throw new Error(`There is no phone for ${channel}.`);
  return info;
};
