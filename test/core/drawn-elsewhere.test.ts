/** Models as bpmn.io, Signavio, Bonita, jBPM, Trisotech, Bizagi, ADONIS and Visual Paradigm draw them. */
import {
  changed,
  done,
  fails,
  later,
  type Models,
  message,
  person,
  refuseModels,
  runModels,
  waitsAt,
} from '../support/drawn-models.js';

const MODELS: Models = {
  'bpmn-io/garden-party.bpmn': {
    'friends are invited until five have said yes': {
      variables: { guests: [] },
      steps: [
        person('Invite the friends', { guests: ['a', 'b', 'c'] }),
        person('Invite the friends', { guests: ['a', 'b', 'c', 'd', 'e'] }),
        person('Celebrate'),
      ],
      ends: ['Tired and happy'],
      visits: ['Buy food COMPLETED', 'Mow the lawn COMPLETED'],
    },
  },
  'bpmn-io/car-assembly.bpmn': {
    'over two pages, with a failed test': {
      steps: [
        done('Weld'),
        done('Paint'),
        done('Mount the engine', { passed: false }),
        done('Mount the engine', { passed: true }),
        person('Polish'),
      ],
      ends: ['Car ready'],
      visits: ['To page 2 COMPLETED', 'From page 1 COMPLETED', 'From page 2 COMPLETED'],
    },
  },
  'bpmn-io/search-and-rescue.bpmn': {
    'who finds first ends the search of all': {
      steps: [done('Send a boat')],
      ends: ['Person found'],
      visits: ['Send a drone TERMINATED', 'Send a team TERMINATED'],
    },
  },
  'bpmn-io/trade-show.bpmn': {
    'ready in time': {
      steps: [person('Put up the walls'), done('Connect the light'), person('Show the products')],
      ends: ['Booth stands', 'Show is over'],
    },
    'not ready in time': {
      steps: [
        person('Put up the walls'),
        later({ hours: 36 }),
        person('Ask for more time'),
        person('Show the products'),
      ],
      ends: ['Show is over'],
      visits: ['Build the booth TERMINATED', 'Connect the light TERMINATED'],
    },
  },
  'bpmn-io/library-loan.bpmn': {
    'on the shelf': {
      variables: { copies: 2, lent: 1 },
      steps: [person('Hand over the book')],
      ends: ['Book lent'],
    },
    'all lent': {
      variables: { copies: 2, lent: 2 },
      steps: [person('Put on the waiting list')],
      ends: ['Reader waits'],
    },
  },
  'signavio/travel-expenses.bpmn': {
    'a long trip, with a receipt missing at first': {
      steps: [
        person('Fill in the form', { sum: 900 }),
        person('Check the receipts', { complete: false }),
        person('Fill in the form', { sum: 880 }),
        person('Check the receipts', { complete: true }),
        done('Pay the expenses'),
      ],
      ends: ['Expenses paid'],
    },
    'a short trip': {
      steps: [person('Fill in the form', { sum: 20 }), done('Pay the expenses')],
      ends: ['Expenses paid'],
    },
  },
  'signavio/hospital-discharge.bpmn': {
    'drugs and care': {
      variables: { needs: { drugs: true, care: true } },
      steps: [person('Organise home care'), person('Prescribe drugs')],
      ends: ['Patient at home'],
    },
    'nothing but a letter': {
      variables: { needs: { drugs: false, care: false } },
      steps: [person('Write the letter')],
      ends: ['Patient at home'],
    },
  },
  'signavio/water-damage.bpmn': {
    repaired: {
      steps: [person('Look at the damage', { share: 0.2 }), done('Dry the walls')],
      ends: ['Repaired', 'House repaired'],
    },
    'too much damage': {
      steps: [person('Look at the damage', { share: 0.9 }), done('Pay the value')],
      ends: ['Not worth it', 'Value paid'],
    },
  },
  'bonita/equipment-request.bpmn': {
    accepted: {
      steps: [person('Review the request', { accepted: true }), done('Order the equipment')],
      ends: ['Equipment ordered'],
    },
    rejected: {
      steps: [person('Review the request', { accepted: false }), done('Tell the employee')],
      ends: ['Request rejected'],
    },
  },
  'bonita/site-inspections.bpmn': {
    'two sites, then the report by a process of its own': {
      variables: { sites: 2 },
      steps: [person('Visit a site'), person('Visit a site'), done('Write the head'), person('Write the text')],
      ends: ['Round finished'],
    },
  },
  'jbpm/room-booking.bpmn2': {
    found: {
      steps: [done('Find a room', { room: 12 }), done('Note the booking')],
      ends: ['Room booked'],
    },
    'nothing free': { steps: [done('Find a room', { room: null })], ends: ['No room'] },
  },
  'jbpm/order-hub.bpmn2': {
    'all answer': {
      variables: { suppliers: ['a', 'b'] },
      steps: [done('Ask the supplier', { price: 3 }), done('Ask the supplier', { price: 4 })],
      ends: ['Bought', 'All bought'],
    },
    'one has nothing: the others are not waited for': {
      variables: { suppliers: ['a', 'b', 'c'] },
      steps: [done('Ask the supplier', { price: 3 }), done('Ask the supplier', { price: 0 }), person('Call by phone')],
      ends: ['Bought', 'No supplier', 'Called'],
      visits: ['Ask the supplier TERMINATED'],
    },
  },
  'trisotech/prior-authorization.bpmn': {
    complete: {
      variables: { patientId: 7 },
      steps: [done('Apply the rules', { complete: true, class: 'B' }), done('Decide')],
      ends: ['Authorized'],
    },
    'questions are answered': {
      variables: { patientId: 7 },
      steps: [
        done('Apply the rules', { complete: false, class: 'B' }),
        done('Ask the provider'),
        message('additional-information', '7', { scan: 'yes' }),
        done('Decide'),
      ],
      ends: ['Authorized'],
      leaves: { scan: 'yes' },
    },
    'questions are not answered': {
      variables: { patientId: 7 },
      steps: [done('Apply the rules', { complete: true, class: 'C' }), done('Ask the provider'), later({ days: 10 })],
      ends: ['Denied for silence'],
    },
  },
  'trisotech/wildfire-watch.bpmn': {
    'a large fire': {
      steps: [
        person('Estimate the size', { hectares: 40 }),
        person('Dig a line'),
        done('Send engines'),
        person('Watch the ashes'),
      ],
      ends: ['Fire out', 'Engines sent', 'Watch is over'],
    },
    'a small fire, and nobody watches': {
      steps: [person('Estimate the size', { hectares: 1 }), person('Dig a line'), later({ days: 1 })],
      ends: ['Fire out', 'Called off'],
    },
  },
  'trisotech/clinical-trial.bpmn': {
    'three visits': {
      variables: { visits: 0, dropped: false },
      steps: [
        person('Visit', { visits: 1 }),
        person('Visit', { visits: 2 }),
        person('Visit', { visits: 3 }),
        done('Analyse the data'),
      ],
      ends: ['Trial finished'],
    },
    'dropped after one': {
      variables: { visits: 0, dropped: false },
      steps: [person('Visit', { visits: 1, dropped: true })],
      ends: ['Patient dropped'],
    },
  },
  'bizagi/credit-card-request.bpmn': {
    'a good score': {
      steps: [
        person('Register the request'),
        done('Ask the bureau', { score: 700 }),
        done('Open the account'),
        done('Print the card'),
      ],
      ends: ['Card handed over'],
      visits: ['Hand over the card COMPLETED'],
    },
    'a bad score': {
      steps: [person('Register the request'), done('Ask the bureau', { score: 300 }), done('Write a refusal')],
      ends: ['Request refused'],
    },
  },
  'bizagi/help-request.bpmn': {
    'too late, and solved': {
      steps: [later({ hours: 8 }), person('Look into it'), person('Solve')],
      ends: ['Solved', 'Boss knows'],
    },
  },
  'adonis/supplier-audit.bpmn': {
    passed: {
      steps: [
        person('Plan the audit'),
        person('Ask questions'),
        person('Look at the plant', { points: 90 }),
        done('Keep on the list'),
      ],
      ends: ['Supplier stays'],
    },
    failed: {
      steps: [
        person('Plan the audit'),
        person('Ask questions'),
        person('Look at the plant', { points: 10 }),
        done('Strike off the list'),
      ],
      ends: ['Supplier gone'],
    },
  },
  'visual-paradigm/hotel-reservation.bpmn': {
    'the deposit arrives': {
      variables: { deposit: 0 },
      steps: [done('Hold the room'), changed({ deposit: 50 }), done('Confirm the room')],
      ends: ['Room reserved'],
    },
    'no deposit': {
      variables: { deposit: 0 },
      steps: [done('Hold the room'), later({ days: 1 }), done('Free the room')],
      ends: ['Room free again'],
    },
  },
  'visual-paradigm/school-enrolment.bpmn': {
    'a seat is found': {
      steps: [done('Count the seats', { seats: 2 }), done('Tell the parents')],
      ends: ['Seat found', 'Enrolled'],
    },
    'full, as the called process finds': {
      steps: [done('Count the seats', { seats: 0 }), person('Put on a waiting list')],
      ends: ['Class full here', 'Waiting'],
    },
    'full, as its worker says': {
      steps: [fails('Count the seats', 'CLASS_FULL'), person('Put on a waiting list')],
      ends: ['Waiting'],
    },
  },
  'bpmn-io/travel-saga.bpmn': {
    booked: {
      steps: [done('Book a hotel'), done('Book a flight'), done('Charge the card', { accepted: true })],
      ends: ['Trip booked'],
    },
    'the card is not accepted: what was booked last is undone first': {
      steps: [
        done('Book a hotel'),
        done('Book a flight'),
        done('Charge the card', { accepted: false }),
        waitsAt('Cancel the flight', 'Undo all bookings'),
        done('Cancel the flight'),
        done('Cancel the hotel'),
      ],
      ends: ['Nothing booked'],
    },
  },
  'trisotech/order-undo.bpmn': {
    'not wanted any more: the money alone goes back': {
      steps: [
        done('Pick the goods'),
        done('Charge the card'),
        person('Ask the customer again', { wanted: false }),
        done('Refund the card'),
      ],
      ends: ['Canceled'],
    },
  },
  'signavio/bank-transfer.bpmn': {
    'both sides done': {
      steps: [done('Debit one account'), done('Credit the other account', { credited: true })],
      ends: ['Both done', 'Transferred'],
    },
    'the other side refuses: the transaction undoes what it did': {
      steps: [
        done('Debit one account'),
        done('Credit the other account', { credited: false }),
        done('Credit it again'),
        person('Tell the customer'),
      ],
      ends: ['Given up', 'Customer knows'],
    },
    'the bank is closed: an error is a hazard, and undoes nothing': {
      steps: [done('Debit one account'), fails('Credit the other account', 'CLOSED'), person('Wait until Monday')],
      ends: ['Tried on Monday'],
    },
  },
  'trisotech/flight-delay.bpmn': {
    'news comes first': {
      variables: { flight: 'LH1' },
      steps: [done('Tell the passengers'), message('flight-news', 'LH1'), person('Open the gate')],
      ends: ['Boarded'],
    },
    'no news, and nobody comes': {
      variables: { flight: 'LH1' },
      steps: [
        done('Tell the passengers'),
        later({ hours: 2 }),
        waitsAt('Open the gate'),
        later({ hours: 1 }),
        done('Book on another flight'),
      ],
      ends: ['Booked on another flight'],
      visits: ['Open the gate TERMINATED'],
    },
  },
};

const REFUSED = {
  'bizagi/spaces-in-ids.bpmn': ['15 ID_INVALID: the id has blanks or more than 255 characters'],
  'bonita/groovy-claims.bpmn': [
    '14 LANGUAGE_NOT_SUPPORTED: the condition is written in "http://groovy.codehaus.org/"; conditions are FEEL',
    '17 LANGUAGE_NOT_SUPPORTED: the condition is written in "http://groovy.codehaus.org/"; conditions are FEEL',
  ],
  'jbpm/mortgage.bpmn2': [
    '31 ELEMENT_NOT_SUPPORTED: data associations with bpmn:assignment are not supported by this version',
    '36 ELEMENT_NOT_SUPPORTED: bpmn:potentialOwner is not supported on a user task',
  ],
  'signavio/old-approval.bpmn': [
    '19 ELEMENT_NOT_SUPPORTED: bpmn:potentialOwner is not supported on a user task',
    '51 ELEMENT_UNREACHABLE: no path leads from the start event to the task',
    '72 CONDITION_MISSING: the flow has no condition, but another flow out of the exclusive gateway "sid-359AA622-13FE-D0FE-1C96-5BF11058A597" has one',
  ],
};

runModels('drawn', MODELS);
refuseModels('drawn', REFUSED);
