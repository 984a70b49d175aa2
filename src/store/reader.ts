/** The read models, put together. Each answer is one snapshot of what is committed (I7). */
import type { Reader } from '../engine/reader.js';
import type { Database } from './database.js';
import { readProcessInstanceDetails } from './read-details.js';
import { elementInstanceList } from './read-element-instances.js';
import { incidentList } from './read-incidents.js';
import { jobList, readJob } from './read-jobs.js';
import { readDayPage, readPage } from './read-lists.js';
import { messageList, messageSubscriptionList } from './read-messages.js';
import { processInstanceList, readEnded, readProcessInstance } from './read-process-instances.js';
import { elementList, processList, readBpmnXml } from './read-processes.js';
import { signalList, signalSubscriptionList } from './read-signals.js';
import { taskList } from './read-tasks.js';
import { asksForOpen, openUserTaskList, userTaskList } from './read-user-tasks.js';
import { readElementVariables, readProcessVariables, variableList } from './read-variables.js';

export function createReader(database: Database): Reader {
  return {
    processes: (filter, page) => readPage(database, processList, filter, page),
    bpmnXml: (processId, tenantIds) => readBpmnXml(database, processId, tenantIds),
    elements: (filter, page) => readPage(database, elementList, filter, page),
    processInstances: (filter, page) => readDayPage(database, processInstanceList, filter, page),
    processInstance: (ref, tenantIds) => readProcessInstance(database, ref, tenantIds),
    processInstanceDetails: (ref, tenantIds) => readProcessInstanceDetails(database, ref, tenantIds),
    elementInstances: (filter, page) => readDayPage(database, elementInstanceList, filter, page),
    jobs: (filter, page) => readDayPage(database, jobList, filter, page),
    job: (ref, names, tenantIds) => readJob(database, ref, names, tenantIds),
    incidents: (filter, page) => readDayPage(database, incidentList, filter, page),
    userTasks: (filter, page) =>
      asksForOpen(filter)
        ? readPage(database, openUserTaskList, filter, page)
        : readDayPage(database, userTaskList, filter, page),
    tasks: (filter, page) => readPage(database, taskList, filter, page),
    messages: (filter, page) => readPage(database, messageList, filter, page),
    messageSubscriptions: (filter, page) => readPage(database, messageSubscriptionList, filter, page),
    signals: (filter, page) => readPage(database, signalList, filter, page),
    signalSubscriptions: (filter, page) => readPage(database, signalSubscriptionList, filter, page),
    variables: (filter, page) => readDayPage(database, variableList, filter, page),
    processVariables: (ref, names, tenantIds) => readProcessVariables(database, ref, names, tenantIds),
    elementVariables: (ref, names, excludeParents, tenantIds) =>
      readElementVariables(database, ref, names, excludeParents, tenantIds),
    ended: (instances) => readEnded(database, instances),
  };
}
