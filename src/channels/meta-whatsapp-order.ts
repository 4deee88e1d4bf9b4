import * as z from 'zod';
import type { InboundDetails } from '../ports/inbound.ts';
import { amount, listOf, word } from './webhook-body.ts';

export const orderSchema = z.object({
  catalog_id: word,
  text: word,
  product_items: listOf(
    z.object({
      product_retailer_id: z.string().min(1),
      quantity: amount,
      item_price: amount,
      currency: word,
    }),
  ),
});
type Order = NonNullable<InboundDetails['order']>;

// The price of one piece.
const toLine = ({ productId, quantity, price, currency }: Order['items'][number]): string => {
  const pieces = quantity === null ? productId : `${quantity} × ${productId}`;
  if (price === null) return pieces;
  return `${pieces}, ${(price * (quantity ?? 1)).toFixed(2)} ${currency ?? ''}`.trimEnd();
};

/** An order in words: the note, then a line for each product; null if it is empty. */
export const readOrder = (
  given: z.infer<typeof orderSchema>,
): { readonly text: string; readonly order: Order } | null => {
  const items = given.product_items.map((item) => ({
    productId: item.product_retailer_id,
    quantity: item.quantity,
    price: item.item_price,
    currency: item.currency,
  }));
  const lines = [...(given.text === null ? [] : [given.text]), ...items.map(toLine)];
  if (lines.length === 0) return null;
  return { text: lines.join('\n'), order: { catalogId: given.catalog_id, items } };
};
