import { grammar, standardModels } from '../../src/models/pmml/grammar.ts'
import { modelElements } from '../../src/models/pmml/model.ts'
import { exceptions, refusedElements, restrictions } from '../../src/models/pmml/support.ts'
import { code, heading } from './markdown.ts'

const refusals = [...exceptions, ...restrictions]

const conventions = `## Where engines differ

Where the text of the standard leaves a choice, or the engine that most documents were tested with reads it differently, we follow that engine:

- Intervals of Discretize that overlap: the last bin that holds the value counts.
- Targets of a chain, and of a MiningModel that selects a member, apply only to records for which no member ran; those of a NearestNeighborModel not at all.
- An integer target or output of a continuous result keeps its fraction unless Targets cast it; a DerivedField of type integer cuts it off.
- Fields are checked when the model reads them: an invalid value that nothing reads refuses no record.
- Aggregates over a Lag take the records there are, also when they are fewer than \`n\`.
- Models with memory (Lag, CUSUM) count records in the order in which they come, for each block apart.
`

/** Page of what of PMML is supported: every element, "except for" what is refused. */
export function pmmlPage(): string {
  const elements = [...grammar.values()].filter((rule) => !rule.isOpaque).map((rule) => rule.name)
  const excepted = new Set(refusals.map((exception) => exception.element))
  const line = (name: string) => `- ${code(name)}: supported${rest(name)}`
  const missing = [...standardModels]
    .filter((name) => !modelElements.has(name))
    .map((name) => `- ${code(name)}: not supported`)
  const plain = elements.filter(
    (name) => !standardModels.has(name) && !excepted.has(name) && !refusedElements.has(name),
  )
  return [
    heading('PMML'),
    'What of PMML 3.0 to 4.4 is supported. A document that uses what is excepted is refused when it is loaded, with line, column and element; it is never scored differently. Attributes that PMML does not have are passed over, and `millrace model inspect` names them; elements that it does not have are refused, except inside `Extension`.\n',
    '## Model elements\n',
    `${[...[...standardModels].filter((name) => modelElements.has(name)).map(line), ...missing].join('\n')}\n`,
    '## Other elements\n',
    `${elements
      .filter((name) => !standardModels.has(name) && excepted.has(name))
      .map(line)
      .join('\n')}\n`,
    `Supported without exception: ${plain.map(code).join(', ')}.\n`,
    `Not supported, as they occur only inside what is refused: ${[...refusedElements].map(code).join(', ')}.\n`,
    conventions,
    '## Passed over\n',
    `These elements have no effect on scores: ${[...grammar.values()]
      .filter((rule) => rule.isOpaque && rule.name !== 'row' && !refusedElements.has(rule.name))
      .map((rule) => code(rule.name))
      .join(
        ', ',
      )}. Extensions that are honoured: \`x-mathContext\`, \`x-missingPredictionTreatment\`, \`x-missingThreshold\`, \`x-invalidValueReplacement\`, \`x-wordRE\`, and the words \`x-multiModelChain\`, \`x-weightedSum\`, \`x-weightedMedian\` and \`x-returnInvalid\`.\n`,
  ].join('\n')
}

function rest(element: string): string {
  const own = refusals.filter((exception) => exception.element === element)
  if (own.length === 0) return ''
  return `, except for\n${own.map(({ what }) => `  - ${what}`).join('\n')}`
}
