/**
 * Models as people draw them, with the tools that they use: pools, lanes, notes, data, diagrams and what each tool adds.
 * Each is deployed and run along its paths, or is refused with the reason.
 */
import { chosen, done, fails, has, type Models, person, refuseModels, runModels } from '../support/drawn-models.js';

/** By file, then by what happens. */
const MODELS: Models = {
  'shop-order.bpmn': {
    'paid and shipped': {
      variables: { order: { total: 12 } },
      steps: [done('Activity_reserve'), done('Activity_charge', { receipt: 'r1' }), done('Activity_ship')],
      ends: ['Event_shipped'],
      leaves: { payment: { receipt: 'r1' } },
    },
    'declined: the reservation is taken back': {
      variables: { order: { total: 12 } },
      steps: [fails('Activity_charge', 'CARD_DECLINED'), done('Activity_cancel')],
      ends: ['Event_refused'],
      visits: ['Activity_charge TERMINATED', 'Activity_reserve TERMINATED'],
    },
  },
  'insurance-claim.bpmn': {
    'not covered': {
      steps: [done('check_policy', { covered: false }), done('write_refusal')],
      ends: ['claim_refused'],
    },
    'a small damage': {
      steps: [done('check_policy', { covered: true }), person('assess', { damage: 500 }), done('pay')],
      ends: ['claim_paid'],
    },
    'a great damage, assessed twice': {
      steps: [
        done('check_policy', { covered: true }),
        person('assess', { damage: 9000 }),
        person('approve', { verdict: 'again' }),
        person('assess', { damage: 7000 }),
        person('approve', { verdict: 'pay' }),
        done('pay'),
      ],
      ends: ['claim_paid'],
      leaves: { damage: 7000 },
    },
  },
  'employee-onboarding.bpmn': {
    'desk and accounts in any order': {
      steps: [done('ServiceTask_2'), person('UserTask_1'), done('ServiceTask_1')],
      ends: ['EndEvent_1', 'EndEvent_2', 'EndEvent_3'],
      visits: ['ManualTask_1 COMPLETED'],
    },
  },
  'loan-application.bpmn': {
    'a small loan is noted only': {
      variables: { amount: 500, purpose: 'bike' },
      steps: [done('sid-RULE', { granted: true }), person('sid-SIGN')],
      ends: ['sid-YES'],
      visits: ['sid-BASIC COMPLETED'],
    },
    'a mortgage needs both checks': {
      variables: { amount: 200_000, purpose: 'house' },
      steps: [done('sid-VALUE'), done('sid-CREDIT'), done('sid-RULE', { granted: false })],
      ends: ['sid-NO'],
    },
  },
  'help-desk.bpmn': {
    'a known problem': {
      steps: [person('_first', { known: true }), done('_close')],
      ends: ['_closed', '_solved'],
    },
    'an expert looks at it while the first level goes on': {
      steps: [person('_first', { known: false }), person('_keep'), done('_close'), person('_expert')],
      ends: ['_closed', '_learned', '_solved'],
    },
  },
  'pizza-collaboration.bpmn': {
    'whoever still calms the customer stops when it is paid': {
      steps: [done('bake'), person('deliver'), person('collect')],
      ends: ['done'],
      visits: ['calm TERMINATED'],
    },
  },
  'travel-booking.bpmn': {
    'hotel and flight': {
      variables: { trip: { city: 'Oslo' } },
      steps: [done('Activity_hotel'), done('Activity_flight', { seats: 2 }), done('Activity_tickets')],
      ends: ['End_book', 'End_flight', 'End_trip'],
    },
    'no seats: the hotel is canceled': {
      variables: { trip: { city: 'Oslo' } },
      steps: [done('Activity_hotel'), done('Activity_flight', { seats: 0 }), done('Activity_undo')],
      ends: ['End_full', 'End_home'],
      visits: ['Sub_flight TERMINATED', 'Sub_book TERMINATED'],
    },
    'a stolen card ends everything': {
      variables: { trip: { city: 'Oslo' } },
      steps: [fails('Activity_hotel', 'FRAUD'), person('Activity_police')],
      ends: ['End_trouble'],
      visits: ['Sub_book TERMINATED', 'Sub_trouble COMPLETED'],
    },
  },
  'invoice-approval.bpmn20.xml': {
    'sent back once': {
      variables: { rounds: 0 },
      steps: [
        person('code'),
        person('approve', { approved: false, rounds: 1 }),
        person('code'),
        person('approve', { approved: true }),
        done('book'),
      ],
      ends: ['booked'],
    },
    'sent back too often': {
      variables: { rounds: 2 },
      steps: [person('code'), person('approve', { approved: false, rounds: 3 })],
      ends: ['refused'],
    },
  },
  'patient-admission.bpmn': {
    'both examinations, by the word of workers': {
      steps: [person('_3'), chosen('_4', ['_5', '_6']), done('_6'), done('_5'), chosen('_8', '_9')],
      ends: ['_10'],
    },
    'one examination, and home': {
      steps: [person('_3'), chosen('_4', ['_15']), done('_6'), chosen('_8', '_20')],
      ends: ['_11'],
    },
  },
  'recruiting.bpmn': {
    'found at the second try': {
      steps: [
        person('obj.2'),
        person('obj.5', { candidate: null }),
        person('obj.2'),
        person('obj.5', { candidate: 'Ada' }),
      ],
      ends: ['obj.9'],
      visits: ['obj.7 COMPLETED', 'obj.8 COMPLETED'],
    },
  },
  'meter-reading.bpmn': {
    'adds up by itself': {
      variables: { readings: [3, 4, 5], price: 2 },
      steps: [done('bill')],
      ends: ['billed'],
      leaves: { total: 12, index: 4 },
    },
    'nothing to add up': {
      variables: { readings: [], price: 2, total: 0 },
      steps: [done('bill')],
      ends: ['billed'],
    },
  },
  'parcel-return.bpmn': {
    'inspected by a process of its own': {
      variables: { parcel: { weight: 2 } },
      steps: [done('weigh'), person('look', { grade: 'A' }), done('refund')],
      ends: ['inspected', 'refunded'],
      leaves: { grade: 'A' },
    },
    'found empty: the called process ends, and is called again': {
      variables: { parcel: { weight: 0 } },
      steps: [
        done('weigh'),
        person('search', { parcel: { weight: 1 } }),
        done('weigh'),
        person('look', { grade: 'C' }),
      ],
      ends: ['inspected', 'kept', 'missing'],
      visits: ['call_inspect TERMINATED', 'inspection TERMINATED', 'call_inspect COMPLETED'],
    },
  },
  'course-registration.bpmn': {
    'only what is named goes in and out': {
      variables: { course: 'BPMN', secret: 1 },
      steps: [
        has('seat-search', { wanted: 'BPMN' }),
        done('find', { seat: 7, draft: true }),
        person('enrol'),
        has('course-registration', { course: 'BPMN', secret: 1, seat: 7 }),
      ],
      ends: ['enrolled', 'found'],
    },
  },
  'building-permit.bpmn': {
    'nobody complains': {
      steps: [done('publish', { complaints: 0 }), person('review')],
      ends: ['decided'],
    },
    'neighbours are heard beside the review': {
      steps: [done('publish', { complaints: 2 }), person('review'), done('invite')],
      ends: ['decided', 'heard'],
      visits: ['raise COMPLETED', 'hearing COMPLETED'],
    },
  },
};

/** Line, rule and words of each problem. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'legacy-java.bpmn': [
    '8 EXTENSION_NOT_SUPPORTED: camunda:class is not supported by this version',
    '13 EXTENSION_NOT_SUPPORTED: camunda:delegateExpression is not supported by this version',
  ],
};

runModels('files', MODELS);
refuseModels('files', REFUSED);
