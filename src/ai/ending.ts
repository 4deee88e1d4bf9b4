import type { Ending } from './call-model.ts';

// A word in none of these lists may end half a message, so nothing of that message is sent.
const endings: Readonly<Record<Exclude<Ending, 'unfinished'>, readonly string[]>> = {
  whole: ['stop', 'end_turn', 'stop_sequence', 'eos', 'eos_token'],
  // `model_length` is Mistral's.
  cut_off: [
    'length',
    'max_tokens',
    'max_output_tokens',
    'model_length',
    'model_context_window_exceeded',
  ],
  declined: [
    'content_filter',
    'content_filtered',
    'guardrail_intervened',
    'refusal',
    'safety',
    'recitation',
    'prohibited_content',
    // Google's and Zhipu's.
    'blocklist',
    'spii',
    'sensitive',
  ],
  // DeepSeek's.
  overloaded: ['insufficient_system_resource'],
  failed: ['error'],
};

const endingOf = new Map<string, Ending>([
  ...endings.whole.map((word) => [word, 'whole'] as const),
  ...endings.cut_off.map((word) => [word, 'cut_off'] as const),
  ...endings.declined.map((word) => [word, 'declined'] as const),
  ...endings.overloaded.map((word) => [word, 'overloaded'] as const),
  ...endings.failed.map((word) => [word, 'failed'] as const),
]);

/** Reads the vendor's word for why the model stopped, in any wire format, because gateways pass on each other's words. */
export const toEnding = (stopped: string): Ending =>
  endingOf.get(stopped.toLowerCase()) ?? 'unfinished';
