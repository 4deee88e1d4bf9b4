import type { JobKind } from '../../ports/job.ts';
import { fetchText } from './fetch-text.ts';
import type { JobWork } from './job-work.ts';

/** Each kind of job that the sweeper does, beside sending. */
export const jobKinds: { readonly [Kind in JobKind]: JobWork<Kind> } = {
  fetch_text: fetchText,
};
