const manual = {
  content: 'Your appointment is confirmed for Thursday at 10 am.',
  ai: false,
  conversation_id: 'conv_abc123',
  channel: 'sms',
};

/** The README's requests. */
export const requestExamples = {
  asItIs: { summary: 'An SMS, word for word', value: manual },
  byAgent: {
    summary: 'A WhatsApp message that an agent writes',
    value: {
      content: 'Confirm the appointment on Thursday at 10 am.',
      ai: true,
      conversation_id: 'conv_abc123',
      channel: 'whatsapp',
      agent_id: 'a1b2c3d4-e5f6-7890-abcd-ef1234567890',
    },
  },
};

const sent = {
  message_id: 'msg_01m837ck1ne4abwwb5vb7d9bzv',
  content: 'Hello Jane, good to hear from you. Tuesday at 3 pm is free if that suits you better.',
  sender_type: 'agent',
  channel: 'whatsapp',
  ai: true,
  delivered: true,
  timestamp: '2026-11-23T03:32:25.908Z',
};

export const sentExample = sent;

export const queuedExample = { ...sent, content: null, delivered: false };

export const messageExample = {
  message_id: sent.message_id,
  conversation_id: 'c0477e55-0000-4000-8000-000000000001',
  channel: 'whatsapp',
  status: 'delivered',
  sender_type: 'agent',
  ai: true,
  content: sent.content,
  delivered: true,
  timestamp: sent.timestamp,
  subject: null,
  agent_id: requestExamples.byAgent.value.agent_id,
  provider: 'meta',
  created_at: '2026-11-23T03:32:24.861Z',
  next_try_at: null,
  sent_at: sent.timestamp,
  delivered_at: '2026-11-23T03:32:27.000Z',
  read_at: null,
  failed_at: null,
  error: null,
  usage: { input_tokens: 120, output_tokens: 24 },
  metadata: {},
  attempts: [
    {
      number: 1,
      provider: 'meta',
      outcome: 'accepted',
      reason: null,
      code: null,
      message: null,
      started_at: '2026-11-23T03:32:25.744Z',
      finished_at: sent.timestamp,
    },
  ],
};
