/** The read models, put together. Each answer is one snapshot of what is committed (I7). */
import type { PageRequest, Reader } from '../engine/reader.js';
import { type Database, reading } from './database.js';
import { readProcessInstanceDetails } from './read-details.js';
import { elementInstanceList } from './read-element-instances.js';
import { incidentList } from './read-incidents.js';
import { jobList, readJob } from './read-jobs.js';
import { type DayFilter, type DayList, type List, readDayPage, readPage } from './read-lists.js';
import { messageList, messageSubscriptionList } from './read-messages.js';
import { processInstanceList, readEnded, readProcessInstance } from './read-process-instances.js';
import { elementList, processList, readBpmnXml } from './read-processes.js';
import { signalList, signalSubscriptionList } from './read-signals.js';
import { taskList } from './read-tasks.js';
import { asksForOpen, openUserTaskList, userTaskList } from './read-user-tasks.js';
import { readElementVariables, readProcessVariables, variableList } from './read-variables.js';

export function createReader(database: Database): Reader {
  const pages =
    <Filter extends object, View>(list: List<Filter, View>) =>
    (filter: Filter, page: PageRequest) =>
      reading(() => readPage(database, list, filter, page));
  const dayPages =
    <Filter extends DayFilter, View>(list: DayList<Filter, View>) =>
    (filter: Filter, page: PageRequest) =>
      reading(() => readDayPage(database, list, filter, page));
  const openUserTasks = pages(openUserTaskList);
  const userTasks = dayPages(userTaskList);
  return {
    processes: pages(processList),
    bpmnXml: (processId, tenantIds) => reading(() => readBpmnXml(database, processId, tenantIds)),
    elements: pages(elementList),
    processInstances: dayPages(processInstanceList),
    processInstance: (ref, tenantIds) => reading(() => readProcessInstance(database, ref, tenantIds)),
    processInstanceDetails: (ref, tenantIds) => reading(() => readProcessInstanceDetails(database, ref, tenantIds)),
    elementInstances: dayPages(elementInstanceList),
    jobs: dayPages(jobList),
    job: (ref, names, tenantIds) => reading(() => readJob(database, ref, names, tenantIds)),
    incidents: dayPages(incidentList),
    userTasks: (filter, page) => (asksForOpen(filter) ? openUserTasks(filter, page) : userTasks(filter, page)),
    tasks: pages(taskList),
    messages: pages(messageList),
    messageSubscriptions: pages(messageSubscriptionList),
    signals: pages(signalList),
    signalSubscriptions: pages(signalSubscriptionList),
    variables: dayPages(variableList),
    processVariables: (ref, names, tenantIds) => reading(() => readProcessVariables(database, ref, names, tenantIds)),
    elementVariables: (ref, names, excludeParents, tenantIds) =>
      reading(() => readElementVariables(database, ref, names, excludeParents, tenantIds)),
    ended: (instances) => reading(() => readEnded(database, instances)),
  };
}
