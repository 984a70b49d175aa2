/**
 * The limits of this ring: what a model and an expression may cost before they are refused. Each has its unit and its
 * reason; whoever meets one is told its name and value.
 */

/** Characters of one BPMN file: far more than anyone draws; reading so much keeps a server busy for a few seconds. */
export const MAX_XML_CHARACTERS = 16 * 1024 * 1024;

/** Levels of nested XML elements: a sub-process takes one, its extensions four; recursion over the tree stays shallow. */
export const MAX_XML_DEPTH = 200;

/** XML elements of one file, those of the diagram included: three times what five megabytes of tasks and flows have. */
export const MAX_XML_ELEMENTS = 250_000;

/** Attributes of one XML element: the parser compares each with all before it, so many would cost their square. */
export const MAX_XML_ATTRIBUTES = 256;

/** Characters of an id: ids are indexed by the database and are the default job topic. */
export const MAX_ID_CHARACTERS = 255;

/** Characters of a job topic, for the same reason. */
export const MAX_TOPIC_CHARACTERS = 255;

/** Characters of the name of a person, a group or a form: as in the API. */
export const MAX_NAME_CHARACTERS = 255;

/** Candidates of one user task, users and groups each: as in the API; more of them are a group. */
export const MAX_CANDIDATES = 100;

/** Problems listed for one file: enough to work with, and the answer still fits into one message. */
export const MAX_PROBLEMS = 500;

/** Characters of one expression: longer ones are programs, and belong into a worker. */
export const MAX_EXPRESSION_CHARACTERS = 10_000;

/** Expressions of one file: each takes about a tenth of a millisecond to compile, while the server does nothing else. */
export const MAX_EXPRESSIONS = 20_000;

/** Levels of nesting in one expression: compiling and evaluating recurse that deep. */
export const MAX_EXPRESSION_DEPTH = 200;

/** Names, values and signs of one JUEL expression: translating recurses over its tree. */
export const MAX_JUEL_TOKENS = 1000;

/** Years of one duration: the moment it leads to must be one that the database can store. */
export const MAX_DURATION_YEARS = 1000;

/** Levels of nesting in the data of a variable that an expression reads or makes: comparing and writing recurse. */
export const MAX_DATA_DEPTH = 200;

/**
 * Steps of one evaluation. A step is about what sixteen characters of an expression cost on numbers, or going through
 * one element of a list; all of them take a tenth of a second to half a second.
 */
export const MAX_EVALUATION_STEPS = 1_000_000;

/** Characters of one text that an evaluation makes: doubling a text a few times must not fill the memory. */
export const MAX_EVALUATION_TEXT = 4 * 1024 * 1024;

/** Functions of an expression that call each other: recursion ends before the stack does. */
export const MAX_FUNCTION_DEPTH = 50;
