export { type LoadOptions, loadModel, type Model } from './load-model.ts'
