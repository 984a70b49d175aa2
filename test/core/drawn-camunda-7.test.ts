/** Models as Camunda Modeler draws them for Camunda 7, and as Flowable and Activiti do, which share its words. */
import {
  asks,
  changed,
  done,
  fails,
  has,
  later,
  type Models,
  person,
  refuseModels,
  runModels,
  shows,
} from '../support/drawn-models.js';

const CAMUNDA: Models = {
  'vacation-request.bpmn': {
    approved: {
      variables: { manager: 'ada', dueDate: '2026-12-01T09:00:00Z' },
      steps: [
        shows('Approve the vacation', { assignee: 'ada', dueAt: Date.UTC(2026, 11, 1, 9) }),
        person('Approve the vacation', { approved: true }),
        done('Book the days'),
      ],
      ends: ['Vacation booked'],
    },
    declined: {
      variables: { manager: 'ada', dueDate: '2026-12-01T09:00:00Z' },
      steps: [person('Approve the vacation', { approved: false }), done('Tell the employee')],
      ends: ['Vacation declined'],
    },
  },
  'purchase-order.bpmn': {
    'in stock': {
      variables: { item: { sku: 'X1' }, site: 'west' },
      steps: [
        has('Check the stock', { sku: 'X1', places: ['north', 'west'] }),
        done('Check the stock', { amount: 4, shelf: 'B' }),
        asks('Deliver the goods', { topic: 'deliver', priority: 5 }),
        done('Deliver the goods'),
      ],
      ends: ['Goods delivered'],
      leaves: { found: 4 },
    },
    'out of stock': {
      variables: { item: { sku: 'X1' }, site: 'west' },
      steps: [
        fails('Check the stock', 'OUT_OF_STOCK'),
        shows('Order at a supplier', { candidateGroups: ['purchasing', 'management'], priority: 70 }),
        person('Order at a supplier'),
        done('Deliver the goods'),
      ],
      ends: ['Goods delivered'],
    },
  },
  'contract-signing.bpmn': {
    'all sign': {
      variables: { contract: 'twelve words', signers: ['ada', 'bob'], refused: false },
      steps: [person('Sign the contract'), person('Sign the contract')],
      ends: ['Contract signed'],
      leaves: { stamp: 12 },
    },
    'one refuses': {
      variables: { contract: '', signers: ['ada', 'bob', 'eve'], refused: false },
      steps: [person('Sign the contract', { refused: true })],
      ends: ['Contract refused'],
    },
  },
  'complaint-handling.bpmn': {
    'our fault': {
      variables: { complaint: 'cold soup' },
      steps: [
        has('investigation', { case: 'cold soup' }),
        person('Ask the shop', { fault: 'ours', secret: 1 }),
        done('Pay compensation'),
      ],
      ends: ['Case closed', 'Complaint settled'],
      leaves: { fault: 'ours' },
    },
  },
  'dunning.bpmn': {
    'two letters, then court': {
      variables: { patience: 'P14D' },
      steps: [
        shows('Watch the account', { candidateUsers: ['clerk', 'deputy'] }),
        later({ days: 3 }),
        done('Send a dunning letter'),
        later({ days: 3 }),
        done('Send a dunning letter'),
        later({ days: 8 }),
        done('Go to court'),
      ],
      ends: ['Letter sent', 'At court'],
      visits: ['Wait for the payment TERMINATED', 'Watch the account TERMINATED'],
    },
    'paid at once': {
      variables: { patience: 'P14D' },
      steps: [person('Watch the account')],
      ends: ['Money came', 'Paid'],
    },
  },
  'stock-trading.bpmn': {
    'doubled, then fallen': {
      variables: { price: 100, limit: 80 },
      steps: [changed({ price: 210 }), person('Think about selling'), changed({ price: 70 }), done('Sell at once')],
      ends: ['Sold', 'Thought about it'],
      visits: ['Hold the position TERMINATED'],
    },
  },
  'batch-import.bpmn': {
    'two chunks, one after the other': {
      variables: {},
      steps: [
        done('Split the file', { chunks: ['a', 'b'] }),
        has('Import a chunk', { chunk: 'a', loopCounter: 1 }),
        done('Load the rows'),
        done('Check the rows'),
        done('Load the rows'),
        done('Check the rows'),
      ],
      ends: ['File imported'],
    },
    'an empty file': { steps: [done('Split the file', { chunks: [] })], ends: ['File imported'] },
  },
};

const FLOWABLE: Models = {
  'holiday-request.bpmn20.xml': {
    approved: {
      variables: { employee: 'kim' },
      steps: [
        shows('Approve or reject', { candidateGroups: ['managers'], dueAt: Date.UTC(2026, 10, 25, 8) }),
        person('Approve or reject', { approved: true }),
        asks('Enter into the calendar', { topic: 'calendar' }),
        done('Enter into the calendar'),
        shows('Holiday approved', { assignee: 'kim' }),
        person('Holiday approved'),
      ],
      ends: ['Approved'],
    },
    rejected: {
      variables: { employee: 'kim' },
      steps: [person('Approve or reject', { approved: false }), done('Send rejection')],
      ends: ['Rejected'],
    },
  },
  'document-review.bpmn20.xml': {
    'nobody reviews it in time': {
      variables: { reviewers: ['ada', 'bob'], deadline: '2026-11-30T12:00:00Z' },
      steps: [person('Review the document'), later({ days: 8 }), person('Chase the reviewers')],
      ends: ['Chased'],
    },
    'both review it': {
      variables: { reviewers: ['ada', 'bob'], deadline: '2026-11-30T12:00:00Z' },
      steps: [person('Review the document'), person('Review the document'), done('Publish')],
      ends: ['Published'],
    },
  },
  'fraud-detection.bpmn20.xml': {
    clear: { steps: [done('Run the rules')], ends: ['Payment cleared'] },
    'fraud: the event sub-process takes over': {
      steps: [
        fails('Run the rules', 'FRAUD'),
        shows('Block the card', { candidateGroups: ['fraud-team'] }),
        person('Block the card'),
      ],
      ends: ['Card blocked'],
      visits: ['Score the payment TERMINATED'],
    },
  },
  'stock-transaction.bpmn20.xml': {
    confirmed: {
      steps: [done('Take it out'), person('Confirm the move', { confirmed: true })],
      ends: ['Moved', 'Stock moved'],
    },
    'not confirmed: the transaction is canceled, and the stock put back': {
      steps: [done('Take it out'), person('Confirm the move', { confirmed: false }), done('Put it back')],
      ends: ['Not moved', 'Stock as before'],
      visits: ['Move the stock TERMINATED'],
    },
  },
};

const ACTIVITI: Models = {
  'vacation.bpmn20.xml': {
    'adjusted once': {
      variables: { employee: 'kermit', days: 20, resend: true },
      steps: [
        person('Handle vacation request', { approved: 'false' }),
        person('Adjust vacation request', { days: 10 }),
        person('Handle vacation request', { approved: 'true' }),
      ],
      ends: ['Confirmed'],
    },
    'given up': {
      variables: { employee: 'kermit', days: 20 },
      steps: [
        person('Handle vacation request', { approved: 'false' }),
        person('Adjust vacation request', { resend: false }),
      ],
      ends: ['Given up'],
    },
  },
  'trouble-ticket.bpmn20.xml': {
    'escalated after four hours': {
      steps: [
        shows('First line support', { assignee: 'kermit' }),
        later({ hours: 4 }),
        person('Second line support'),
        done('Close the ticket'),
      ],
      ends: ['endevent1'],
      visits: ['First line support TERMINATED'],
    },
  },
};

const CAMUNDA_REFUSED = {
  'legacy-leave.bpmn': [
    '4 EXTENSION_NOT_SUPPORTED: camunda:initiator is not supported by this version',
    '10 EXTENSION_NOT_SUPPORTED: camunda:taskListener is not supported by this version',
    '16 EXTENSION_NOT_SUPPORTED: camunda:delegateExpression is not supported by this version',
    '23 EXTENSION_NOT_SUPPORTED: camunda:connector is not supported by this version',
    '34 EXTENSION_NOT_SUPPORTED: camunda:decisionRef is not supported by this version',
    '34 EXTENSION_NOT_SUPPORTED: camunda:mapDecisionResult is not supported by this version',
    '45 EXPRESSION_INVALID: bpmn:conditionExpression holds JUEL that can not be translated: it calls the method "contains"',
    '48 EXPRESSION_INVALID: bpmn:conditionExpression holds JUEL that can not be translated: it calls the method "contains"',
  ],
};

const FLOWABLE_REFUSED = {
  'java-tasks.bpmn20.xml': [
    '4 EXTENSION_NOT_SUPPORTED: flowable:initiator is not supported by this version',
    '6 EXTENSION_NOT_SUPPORTED: flowable:class is not supported by this version',
    '8 JOB_INVALID: the type "http" is not supported by this version',
    '10 EXTENSION_NOT_SUPPORTED: flowable:field is not supported by this version',
    '16 EXTENSION_NOT_SUPPORTED: flowable:expression is not supported by this version',
    '16 EXTENSION_NOT_SUPPORTED: flowable:resultVariable is not supported on a service task',
    '18 EXTENSION_NOT_SUPPORTED: flowable:autoStoreVariables is not known to this version',
  ],
};

const ACTIVITI_REFUSED = {
  'financial-report.bpmn20.xml': [
    '8 EXTENSION_NOT_SUPPORTED: activiti:taskListener is not supported by this version',
    '12 EXTENSION_NOT_SUPPORTED: activiti:class is not supported by this version',
  ],
};

runModels('drawn/camunda-7', CAMUNDA);
runModels('drawn/flowable', FLOWABLE);
runModels('drawn/activiti', ACTIVITI);
refuseModels('drawn/camunda-7', CAMUNDA_REFUSED);
refuseModels('drawn/flowable', FLOWABLE_REFUSED);
refuseModels('drawn/activiti', ACTIVITI_REFUSED);
