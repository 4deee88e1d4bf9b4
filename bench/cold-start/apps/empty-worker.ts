import { createEmptyApp } from './empty.ts';

// biome-ignore lint/style/noDefaultExport: Workers demand it.
export default createEmptyApp('/functions/v1/crm-api');
