/** Why a node has no translation: ends the sentence "node uses …". */
export class Untranslatable extends Error {}
