import { demoData } from '../demo-data.ts';
import type { Desk } from './desk.ts';

const createdAt = '2026-11-01 09:00:00.000000+00';

/** https://resend.com/docs/api-reference/domains/list-domains */
export const domains = {
  object: 'list',
  has_more: false,
  data: [
    {
      id: 'd0a1a000-0000-4000-8000-000000000001',
      name: demoData.resend.domain,
      status: 'verified',
      created_at: createdAt,
      region: 'eu-west-1',
    },
  ],
} as const;

const toWebhook = (endpoint: string) => ({
  id: '3eb00000-0000-4000-8000-000000000001',
  created_at: createdAt,
  status: 'enabled',
  endpoint,
  events: ['email.received', 'email.delivered', 'email.bounced', 'email.complained'],
});

/** https://resend.com/docs/api-reference/webhooks/list-webhooks */
export const listWebhooks = (desk: Desk) => {
  const endpoint = desk.configuredWebhook('resend');
  return { object: 'list', has_more: false, data: endpoint === null ? [] : [toWebhook(endpoint)] };
};
