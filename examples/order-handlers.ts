/** What a worker does for the orders of order-fulfilment.bpmn: one handler for each topic of the model. */
import { type Job, JobFailure, type TopicHandler } from '@baton/client';

interface Item {
  readonly sku: string;
  readonly quantity: number;
}

/** As if the work took a while. */
const work = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

export const orderHandlers: Readonly<Record<string, TopicHandler>> = {
  async 'check-stock'(job: Job<{ wanted: readonly Item[] }>) {
    await work(60);
    return { missing: job.variables.wanted.filter(({ sku }) => sku.startsWith('rare-')).map(({ sku }) => sku) };
  },

  async 'check-credit'() {
    await work(120);
    return { creditScore: 712 };
  },

  /** The provider of this card is away when it is asked for the first time; the engine asks again. */
  async 'charge-card'(job: Job<{ card: string; amount: number }>) {
    await work(80);
    if (job.variables.card.endsWith('-0002') && job.retryCount === 0) {
      throw new JobFailure('the payment provider is away', { retryAfter: 'PT1S' });
    }
    // The same for all tries: an outside call with this key is done once.
    return { paymentId: `payment-${job.attemptKey}` };
  },

  async 'pack-parcel'(job: Job<{ items: readonly Item[] }>) {
    await work(150);
    return { weight: job.variables.items.reduce((sum, { quantity }) => sum + quantity * 0.4, 0.2) };
  },

  async 'ship-parcel'(job: Job<{ carrier: string }>) {
    await work(60);
    return { trackingNumber: `${job.variables.carrier}-${job.correlationKey}` };
  },

  async 'notify-customer'() {
    await work(30);
  },
};
