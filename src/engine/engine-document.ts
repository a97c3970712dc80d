import {
  boolean,
  choice,
  group,
  integer,
  json,
  list,
  map,
  type OptionTable,
  type OptionValues,
  tagged,
  text,
} from '../config/option.ts'

/** Names of engines, models and streams in files, topics and URLs. */
const NAME = { regex: /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, form: 'text of letters, digits, ".", "_" and "-"' }

/** Options of an engine file: one join with its streams. */
export const engineOptions = {
  name: text(
    { summary: 'Name of the engine: prefix of its topics, its consumer group and its checkpoints', examples: ['iris'] },
    NAME,
  ),
  description: text({ summary: 'What the engine is for', default: '' }),
  slots: map(json({ summary: 'Stream descriptor, or its short form' }), {
    summary: 'Streams by slot number: even slots are read, odd slots get the predictions',
    examples: [{ '0': 'log:iris', '1': 'log:iris.predictions' }],
  }),
  models: json({
    summary: 'Descriptor of the model stream, or a list of models that are active from the start ({name, location})',
    isOptional: true,
    examples: ['log:models', [{ name: 'iris', location: 'tree.pmml' }]],
  }),
  deadLetters: json({
    summary:
      'Descriptor of the stream for records given up on; by default the log topic <name>.dead-letters beside the checkpoints',
    isOptional: true,
  }),
  join: group(
    {
      type: choice(['partitioned', 'keyed'], {
        summary:
          'partitioned: the model stream has one partition, which every task reads whole; keyed: it has as many as the data, and a task uses the models of its own partition',
        default: 'partitioned',
      }),
      key: tagged(
        {
          constant: {
            value: text({ summary: 'Key of every record; by default the name of the engine', isOptional: true }),
          },
          field: { name: text({ summary: 'Field of the record that holds the key', examples: ['dataType'] }) },
          header: { name: text({ summary: 'Header of the record that holds the key' }) },
          'transport-key': {},
        },
        {
          summary: "Where a record's key comes from: a version scores the records of its key",
          default: { type: 'constant', value: undefined },
        },
      ),
      noModel: tagged(
        {
          drop: {},
          'dead-letter': {},
          hold: {
            maxMs: integer(
              {
                summary: 'Longest wait of a record; then it becomes a dead letter',
                unit: 'milliseconds',
                default: 30_000,
              },
              { min: 1 },
            ),
          },
        },
        { summary: 'What happens to records whose key has no active version', default: { type: 'drop' } },
      ),
      features: map(text({ summary: 'Field of the record' }), {
        summary:
          'Fields that features are read from, by the name of the feature, where the names differ; a feature like "fixed acidity" is read from fixed_acidity without being told',
        default: {},
        examples: [{ 'Petal.Length': 'petalLength' }],
      }),
    },
    {
      summary: 'Which version scores which record',
      default: {
        type: 'partitioned',
        key: { type: 'constant', value: undefined },
        noModel: { type: 'drop' },
        features: {},
      },
    },
  ),
  predictions: group(
    {
      stamp: choice(['auto', 'headers', 'field', 'none'], {
        summary:
          'Where a prediction says which version made it: headers where the transport has them, else a field named "stamp"',
        default: 'auto',
      }),
      echo: boolean({ summary: 'Write the fields of the record before those of the prediction', default: false }),
    },
    { summary: 'Form of the predictions', default: { stamp: 'auto', echo: false } },
  ),
  versions: group(
    {
      allowCode: boolean({ summary: 'Accept models that are code (JavaScript, TypeScript)', default: false }),
      locations: list(text({ summary: 'Folder or URL prefix' }), {
        summary: 'Folders and URL prefixes that models may be loaded from by location',
        default: ['.'],
      }),
      maxArtifactBytes: integer(
        { summary: 'Largest artifact accepted', unit: 'bytes', default: 512 * 1024 * 1024 },
        { min: 1 },
      ),
      loadTimeoutMs: integer(
        { summary: 'Longest time that loading a version may take', unit: 'milliseconds', default: 60_000 },
        { min: 1 },
      ),
    },
    {
      summary: 'What is accepted from the model stream',
      default: { allowCode: false, locations: ['.'], maxArtifactBytes: 512 * 1024 * 1024, loadTimeoutMs: 60_000 },
    },
  ),
  state: json({
    summary: 'Where checkpoints and artifacts are kept: a state component with its options',
    default: { type: 'log' },
  }),
  standby: boolean({
    summary:
      'Keep checkpoints and versions of the tasks of all instances at hand, so that a partition that comes to this one starts at once',
    default: false,
  }),
  threads: integer(
    { summary: 'Scoring threads; by default one for each task, at most one for each processor', isOptional: true },
    { min: 1, max: 1024 },
  ),
  http: group(
    {
      host: text({ summary: 'Address to listen on', default: '127.0.0.1' }),
      port: integer({ summary: 'Port to listen on; 0 = any free one', default: 8090 }, { min: 0, max: 65_535 }),
      advertised: text({
        summary:
          'Host, or host:port, under which other instances reach this server; by default the address to listen on, or the name of the machine where that is all of them',
        isOptional: true,
        examples: ['scorer-1.internal:8090'],
      }),
    },
    { summary: 'HTTP server for state queries and REST slots; absent = none, unless a slot is REST', isOptional: true },
  ),
} as const satisfies OptionTable

/** An engine file, checked, with its defaults. */
export type EngineOptions = OptionValues<typeof engineOptions>
