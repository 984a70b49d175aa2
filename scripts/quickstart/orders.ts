/** Ten orders, and how each must end. */

export interface Order {
  readonly id: string;
  readonly variables: object;
  readonly outcome: 'shipped' | 'refused';
  /** How often a job of it fails and is tried again. */
  readonly retries: number;
}

interface Wishes {
  readonly sku?: string;
  readonly quantity?: number;
  readonly price?: number;
  readonly express?: boolean;
  readonly card?: string;
}

const wishes: readonly Wishes[] = [
  {},
  { express: true },
  { card: 'card-0002' },
  { sku: 'rare-lamp' },
  { quantity: 40, price: 30 },
  { quantity: 3 },
  { quantity: 9, price: 99, express: true, card: 'card-0002' },
  { sku: 'chair', quantity: 4, price: 45 },
  { sku: 'rare-vase', express: true },
  { quantity: 2, price: 12.5 },
];

const customers = ['Ada', 'Boris', 'Chen', 'Dana', 'Emeka'] as const;

export const orders: readonly Order[] = wishes.map((wish, index) => {
  const { sku = 'lamp', quantity = 1, price = 20, express = false, card = 'card-0001' } = wish;
  const id = `A-${1001 + index}`;
  const name = customers[index % customers.length] ?? '';
  const customer = { name, email: `${name.toLowerCase()}@example.com`, card };
  const outcome = sku.startsWith('rare-') ? 'refused' : 'shipped';
  return {
    id,
    variables: { id, customer, express, items: [{ sku, quantity, price }] },
    outcome,
    retries: outcome === 'shipped' && card === 'card-0002' ? 1 : 0,
  };
});
