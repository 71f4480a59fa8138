// IAM's decisions, condition keys included: one JSON request per line in, one JSON answer per line out.
// Request: {"policies": [document, …], "action", "resource", "context": {key: value}, "account"}.
import { createInterface } from 'node:readline'
import { createRequire } from 'node:module'

const { runSimulation } = createRequire(process.argv[2])('@cloud-copilot/iam-simulate')

async function decide({ policies, action, resource, context, account }) {
  const answer = await runSimulation({
    identityPolicies: policies.map((policy, number) => ({ name: `policy-${number}`, policy })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    request: {
      action,
      principal: `arn:aws:iam::${account}:role/function`,
      resource: { accountId: account, resource },
      contextVariables: context,
    },
  }, {})
  return { result: answer.overallResult ?? 'Error', errors: answer.errors ?? null }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await decide(JSON.parse(line))) + '\n')
}
