import type { AiProvider } from '../ports/ai.ts';
import { createAnthropic } from './anthropic.ts';
import type { AiSettings } from './credentials.ts';
import { createOpenAi } from './openai.ts';

/** Every wire format by its name. A new one is a file beside this one and a line here. */
export const createAiProviders = (settings: AiSettings) =>
  ({
    openai: createOpenAi(settings),
    anthropic: createAnthropic(settings),
  }) satisfies Record<string, AiProvider>;
