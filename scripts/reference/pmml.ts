import { grammar, standardModels } from '../../src/models/pmml/grammar.ts'
import { modelElements } from '../../src/models/pmml/model.ts'
import { exceptions } from '../../src/models/pmml/support.ts'
import { code, heading } from './markdown.ts'

/** Page of what of PMML is supported: every element, "except for" what is refused. */
export function pmmlPage(): string {
  const elements = [...grammar.values()].filter((rule) => !rule.isOpaque).map((rule) => rule.name)
  const excepted = new Set(exceptions.map((exception) => exception.element))
  const line = (name: string) => `- ${code(name)}: supported${rest(name)}`
  const missing = [...standardModels]
    .filter((name) => !modelElements.has(name))
    .map((name) => `- ${code(name)}: not supported`)
  const plain = elements.filter((name) => !standardModels.has(name) && !excepted.has(name))
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
    '## Passed over\n',
    `These elements have no effect on scores: ${[...grammar.values()]
      .filter((rule) => rule.isOpaque && rule.name !== 'row')
      .map((rule) => code(rule.name))
      .join(
        ', ',
      )}. Extensions that are honoured: \`x-mathContext\`, \`x-missingPredictionTreatment\`, \`x-missingThreshold\`, \`x-invalidValueReplacement\`, \`x-wordRE\`, and the words \`x-multiModelChain\`, \`x-weightedSum\`, \`x-weightedMedian\` and \`x-returnInvalid\`.\n`,
  ].join('\n')
}

function rest(element: string): string {
  const own = exceptions.filter((exception) => exception.element === element)
  if (own.length === 0) return ''
  return `, except for\n${own.map(({ what }) => `  - ${what}`).join('\n')}`
}
