import { alignColumns } from '../../scripts/crm/align-columns.ts';
import type { Delivery } from './deliver.ts';

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 1)}…`;

const toCells = ({ request, answer, sent }: Delivery): readonly string[] => [
  request.channel,
  request.ai ? 'AI' : 'manual',
  answer?.message_id ?? '-',
  sent?.vendor ?? '-',
  cut(sent?.text ?? '-', 60),
];

/** The deliveries as lines of one table, columns aligned. */
export const toTable = (deliveries: readonly Delivery[]): string =>
  alignColumns([
    ['channel', 'kind', 'message id', 'vendor', 'text the vendor took'],
    ...deliveries.map(toCells),
  ]);
