import type { JobKind } from '../../ports/job.ts';
import { fetchText } from './fetch-text.ts';
import type { JobWork } from './job-work.ts';

/** Every kind of work that the sweeper does besides sending. */
export const jobKinds: { readonly [Kind in JobKind]: JobWork<Kind> } = {
  fetch_text: fetchText,
};
