import { Connection, updateFeaturesV1 } from '@platformatic/kafka'

/** UpdateFeatures' word for a lower level that loses nothing (UpdateFeaturesRequest.json). */
const SAFE_DOWNGRADE = 2

/** Takes a cluster back to the transactions before KIP-890 part 2, which have one epoch for all of a producer's. */
export async function useClassicTransactions(bootstrapServer: string): Promise<void> {
  const connection = new Connection('millrace-tests', { connectTimeout: 10_000, requestTimeout: 30_000 })
  const [host, port] = bootstrapServer.split(':') as [string, string]
  await connection.connect(host, Number(port))
  try {
    const change = { feature: 'transaction.version', maxVersionLevel: 1, upgradeType: SAFE_DOWNGRADE } as const
    await updateFeaturesV1.api.async(connection, 30_000, [change], false)
  } finally {
    await connection.close()
  }
}
