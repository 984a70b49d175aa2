/** Models as Camunda Modeler draws them for Camunda 8, with its extensions. */
import { asks, done, has, later, type Models, message, person, runModels, shows } from '../support/drawn-models.js';

const MODELS: Models = {
  'order-cancellation.bpmn': {
    'a new address, then shipped': {
      variables: { order: { id: 'A1', total: 30 } },
      steps: [
        done('Pick the goods'),
        message('address-changed', 'A1', { street: 'High Street' }),
        shows('Print a new label', { candidateGroups: ['dispatch'], formKey: 'label-form' }),
        done('Ship the parcel'),
        person('Print a new label'),
      ],
      ends: ['Parcel shipped', 'Order fulfilled', 'Label replaced'],
      leaves: { street: 'High Street' },
    },
    'canceled while it is picked': {
      variables: { order: { id: 'A1', total: 30 } },
      steps: [
        asks('Pick the goods', { topic: 'pick-goods' }),
        message('order-canceled', 'A1'),
        has('Refund the customer', { amount: 30 }),
        done('Refund the customer'),
      ],
      ends: ['Order canceled and refunded'],
      visits: ['Pick the goods TERMINATED', 'Fulfil the order TERMINATED'],
    },
  },
  'invoice-reminder.bpmn': {
    'paid after two reminders': {
      variables: { accountant: 'ada' },
      steps: [
        shows('Wait for the payment', { assignee: 'ada', dueAt: Date.UTC(2026, 11, 23, 8) }),
        later({ days: 7 }),
        done('Send a reminder'),
        later({ days: 7 }),
        done('Send a reminder'),
        person('Wait for the payment'),
      ],
      ends: ['Invoice paid', 'Reminder sent'],
    },
    'never paid': {
      variables: { accountant: 'ada' },
      steps: [
        later({ days: 7 }),
        done('Send a reminder'),
        later({ days: 7 }),
        done('Send a reminder'),
        later({ days: 7 }),
        done('Send a reminder'),
        later({ days: 9 }),
        done('Hand over to collection'),
      ],
      ends: ['Reminder sent', 'Debt handed over'],
      visits: ['Wait for the payment TERMINATED'],
    },
  },
  'claim-items.bpmn': {
    'two items, little worth': {
      variables: {
        claim: {
          items: [
            { name: 'lamp', photo: 1 },
            { name: 'vase', photo: 2 },
          ],
          manager: 'bob',
        },
      },
      steps: [
        done('Compare with photos'),
        person('Value the item', { worth: 20 }),
        done('Compare with photos'),
        person('Value the item', { worth: 40 }),
        done('Pay automatically'),
      ],
      ends: ['Item valued', 'Claim settled'],
      leaves: {
        assessments: [
          { name: 'lamp', worth: 20 },
          { name: 'vase', worth: 40 },
        ],
        total: 60,
      },
    },
    'one precious item': {
      variables: { claim: { items: [{ name: 'ring', photo: 1 }], manager: 'bob' } },
      steps: [
        has('Compare with photos', { photo: 1 }),
        done('Compare with photos'),
        person('Value the item', { worth: 5000 }),
        shows('Sign the payment', { assignee: 'bob' }),
        person('Sign the payment'),
        done('Pay automatically'),
      ],
      ends: ['Item valued', 'Claim settled'],
    },
  },
  'customer-check.bpmn': {
    clean: {
      variables: { name: 'Ada' },
      steps: [done('Look for sanctions', { hits: 0 }), done('Verify the identity'), done('Open the account')],
      ends: ['Customer accepted', 'Account opened'],
      leaves: { hits: 0 },
    },
    'found on a list: the error leaves the called process': {
      variables: { name: 'Bob' },
      steps: [done('Verify the identity'), done('Look for sanctions', { hits: 2 }), done('Write a refusal')],
      ends: ['Customer rejected here', 'Application refused'],
      visits: ['customer-check TERMINATED'],
    },
  },
  'subscription-renewal.bpmn': {
    renewed: {
      variables: { subscription: 'S7' },
      steps: [done('Send an offer'), message('subscription-renewed', 'S7'), done('Extend the contract')],
      ends: ['Extended'],
    },
    quit: {
      variables: { subscription: 'S7' },
      steps: [done('Send an offer'), message('subscription-quit', 'S7'), done('Close the account')],
      ends: ['Closed'],
    },
    'no answer': {
      variables: { subscription: 'S7' },
      steps: [done('Send an offer'), later({ days: 14 }), done('Close the account')],
      ends: ['Closed'],
      visits: ['After 14 days COMPLETED'],
    },
  },
  'incident-response.bpmn': {
    'solved at the second try, with news and help beside it': {
      variables: { ticket: 9, lead: 'grace' },
      steps: [
        message('monitoring-update', '9', { status: 'worse' }),
        person('Triage'),
        done('Post to the status page'),
        person('Fix the problem', { fixed: false }),
        shows('Advise the team', { assignee: 'grace' }),
        message('monitoring-update', '9', { status: 'better' }),
        done('Post to the status page'),
        person('Fix the problem', { fixed: true }),
        person('Advise the team'),
      ],
      ends: ['Problem solved', 'Status posted', 'Advice given'],
      leaves: { lastStatus: 'better' },
    },
  },
  'credit-scoring.bpmn': {
    'a small income asks one source': {
      variables: { income: { amount: 800, currency: 'EUR' }, rate: 1 },
      steps: [done('Own history', { score: 5 }), done('Decide')],
      ends: ['Score known'],
      leaves: { euros: 800, ownScore: 5 },
    },
    'a great income asks both others': {
      variables: { income: { amount: 8000, currency: 'USD' }, rate: 0.9 },
      steps: [done('Bank statement', { score: 7 }), done('Credit bureau', { score: 6 }), done('Decide')],
      ends: ['Score known'],
      leaves: { euros: 7200, bureauScore: 6, bankScore: 7 },
    },
  },
  'board-resolution.bpmn': {
    'all vote for it': {
      variables: { members: ['ada', 'bob'] },
      steps: [
        shows('Vote', { assignee: 'ada' }),
        person('Vote', { vote: 'yes' }),
        shows('Vote', { assignee: 'bob' }),
        person('Vote', { vote: 'yes' }),
        done('Publish the resolution'),
      ],
      ends: ['Motion carried'],
      leaves: { votes: ['yes', 'yes'] },
    },
    'the first says no, and the others are not asked': {
      variables: { members: ['ada', 'bob', 'eve'] },
      steps: [person('Vote', { vote: 'no' })],
      ends: ['Motion lost'],
    },
  },
  'support-mail.bpmn': {
    answered: {
      begins: message('mail-received', 'c1', { thread: 't1' }),
      steps: [
        done('Find the customer'),
        done('Ask for details'),
        message('mail-replied', 't1', { details: 'none' }),
        person('Solve the request'),
      ],
      ends: ['Request solved'],
      leaves: { details: 'none' },
    },
    'no answer in two days': {
      begins: message('mail-received', 'c1', { thread: 't1' }),
      steps: [done('Find the customer'), done('Ask for details'), later({ days: 2 })],
      ends: ['Closed without answer'],
      visits: ['Wait for the answer TERMINATED'],
    },
  },
  'warehouse-restock.bpmn': {
    'requested by hand: a process orders at another, and that one answers': {
      variables: { sku: 'X', quantity: 3 },
      steps: [done('Pack the goods'), person('Count the goods')],
      ends: ['Shelf is full', 'Goods sent'],
    },
  },
  'account-opening.bpmn': {
    wanted: {
      steps: [
        done('Reserve a number', { number: 4711 }),
        done('Check the name', { blocked: false }),
        person('Welcome the customer', { regret: false }),
      ],
      ends: ['Account is open', 'Customer welcome'],
    },
    'regretted: what the sub-process did is undone, with the variables of then': {
      steps: [
        done('Reserve a number', { number: 4711 }),
        done('Check the name', { blocked: false }),
        person('Welcome the customer', { regret: true }),
        has('Free the number', { released: 4711 }),
        done('Free the number'),
      ],
      ends: ['Account is open', 'All undone'],
      visits: ['Free the number COMPLETED'],
    },
  },
  'parcel-shop.bpmn': {
    'the parcel is there before anybody waits for it': {
      variables: { parcel: 'P1' },
      steps: [done('Scan the parcel'), later({ days: 6 }), person('Make room on the shelf')],
      ends: ['Parcel is here', 'On the shelf'],
    },
  },
  'goods-return.bpmn': {
    'worth a refund, with listeners around all of it': {
      variables: { order: { shelf: 'B4' } },
      steps: [
        asks('goods-return', { topic: 'open-case' }),
        done('goods-return', { case: 17 }),
        asks('Inspect the goods', { topic: 'find-inspectors' }),
        has('Inspect the goods', { shelf: 'B4' }),
        done('Inspect the goods', { inspectors: ['ada'] }),
        shows('Inspect the goods', { candidateUsers: ['ada'] }),
        person('Inspect the goods', { condition: 'as new' }),
        asks('Inspect the goods', { topic: 'price-the-goods' }),
        done('Inspect the goods', { price: 80 }),
        asks('Worth it?', { topic: 'look-up-limit' }),
        done('Worth it?', { limit: 50 }),
        done('Refund the customer'),
        asks('goods-return', { topic: 'close-case' }),
        done('goods-return'),
      ],
      ends: ['Refunded'],
      leaves: { case: 17, condition: 'as new', price: 80 },
    },
  },
  'fleet-inspection.bpmn': {
    'each lorry has a bay of its own': {
      steps: [
        done('Inspection is due', { lorries: ['L1', 'L2'] }),
        done('Inspect a lorry', { bay: 'A' }),
        done('Inspect a lorry', { bay: 'B' }),
        asks('Test the brakes', { topic: 'brakes-A' }),
        done('Test the brakes', { fit: true }),
        done('Inspect a lorry'),
        asks('Test the brakes', { topic: 'brakes-B' }),
        done('Test the brakes'),
        done('Inspect a lorry'),
      ],
      ends: ['Inspected', 'Fleet inspected'],
      leaves: {
        reports: [
          { lorry: 'L1', bay: 'A', fit: true },
          { lorry: 'L2', bay: 'B', fit: true },
        ],
      },
    },
    'broken off while a bay is booked': {
      steps: [
        done('Inspection is due', { lorries: ['L1'] }),
        later({ days: 1 }),
        asks('After a day', { topic: 'tell-dispatcher' }),
        done('After a day'),
      ],
      ends: ['Inspection broken off'],
      visits: ['Inspect a lorry TERMINATED'],
    },
  },
  'daily-report.bpmn': {
    'wanted now': { steps: [done('Collect the figures'), person('Read the report')], ends: ['Report read'] },
  },
};

runModels('drawn/camunda-8', MODELS);
