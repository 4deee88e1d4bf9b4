import { localKeys } from '../scripts/crm/local-stack/keys.ts';

/** The demo's accounts and people. None of them exists outside this machine, and none belongs in a deployment. */
export const demoData = {
  apiKey: 'cfy_your_api_key',
  conversationId: 'conv_abc123',
  agentId: 'a1b2c3d4-e5f6-7890-abcd-ef1234567890',

  ...localKeys,

  subAccount: { name: 'Acme Dental' },

  contact: {
    name: 'Jane Doe',
    phone: '+15005550101',
    email: 'jane@example.com',
    whatsappNumber: '+15005550101',
    messengerUserId: '7100000000000001',
    instagramUserId: '7200000000000001',
  },

  /** The row of each account in `connections`; its webhook's address ends with this id. */
  connectionIds: {
    twilio: 'c0477ec7-0000-4000-8000-000000000001',
    meta: 'c0477ec7-0000-4000-8000-000000000002',
    instagram: 'c0477ec7-0000-4000-8000-000000000006',
    resend: 'c0477ec7-0000-4000-8000-000000000003',
  },

  twilio: {
    accountSid: 'ACdec0de00000000000000000000000001',
    authToken: 'dec0de00000000000000000000000002',
    phoneNumber: '+15005550006',
    /** Takes over when the first number refuses a message. */
    secondPhoneNumber: '+15005550016',
  },

  meta: {
    /** System user token: WhatsApp, Messenger, and Instagram by way of its page. */
    accessToken: 'EAADEMO000000000000000000000000000',
    /** For graph.instagram.com, which does not accept the token above. */
    instagramAccessToken: 'IGAADEMO00000000000000000000000000',
    appSecret: 'dec0de00000000000000000000000003',
    /** Meta sends this text when it checks the webhook's address. */
    verifyToken: 'demo-only-verify-token',
    phoneNumberId: '100000000000001',
    displayPhoneNumber: '15005550007',
    pageId: '100000000000002',
    instagramId: '100000000000003',
  },

  resend: {
    apiKey: 're_Demo0000_000000000000000000000000',
    from: 'Acme Dental <hello@acme-dental.example>',
    domain: 'acme-dental.example',
    webhookSecret: 'whsec_ZGVtby1vbmx5LXdlYmhvb2stc2VjcmV0LTAwMDA=',
  },

  openai: { apiKey: 'sk-demo-000000000000000000000000', model: 'gpt-5-mini' },
  anthropic: { apiKey: 'sk-ant-demo-0000000000000000000000', model: 'claude-sonnet-4-5' },
} as const;
