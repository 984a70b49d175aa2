/** The XML namespaces that have a meaning for this product, known by their URI whatever the prefix in a file. */

export const BPMN = 'http://www.omg.org/spec/BPMN/20100524/MODEL';
export const ZEEBE = 'http://camunda.org/schema/zeebe/1.0';
export const CAMUNDA = 'http://camunda.org/schema/1.0/bpmn';
export const FLOWABLE = 'http://flowable.org/bpmn';
export const ACTIVITI = 'http://activiti.org/bpmn';
export const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

const PREFIXES: ReadonlyMap<string, string> = new Map([
  [BPMN, 'bpmn'],
  [ZEEBE, 'zeebe'],
  [CAMUNDA, 'camunda'],
  [FLOWABLE, 'flowable'],
  [ACTIVITI, 'activiti'],
  [XSI, 'xsi'],
]);

/** How a name is written in messages: with the usual prefix, whatever the file calls it. */
export function qualified(namespace: string, name: string): string {
  const prefix = PREFIXES.get(namespace);
  return prefix === undefined ? name : `${prefix}:${name}`;
}
