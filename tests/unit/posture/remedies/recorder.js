// Runs snippets, which are JavaScript but for their import, on stand-ins that record what they are given.
const fs = require('fs');

function run(text) {
  const said = { services: [], containers: [], attributes: [], forced: [] };
  const constant = new Proxy({}, { get: (_, name) => name });
  class FargateService {
    constructor(scope, id, props) { said.services.push({ id, props }); }
    forceNewDeployment(nonce) { said.forced.push(nonce); }
  }
  const ecs = {
    FargateService,
    DeploymentStrategy: constant,
    AvailabilityZoneRebalancing: constant,
    PropagatedTagSource: constant,
    AwsLogDriverMode: constant,
    LogDrivers: { awsLogs: (props) => props },
  };
  const names = {
    ecs,
    Duration: { seconds: (count) => count },
    Size: { mebibytes: (count) => count },
    cluster: 'cluster',
    image: 'image',
    taskDefinition: { addContainer: (id, props) => said.containers.push({ id, props }) },
    targetGroup: { setAttribute: (key, value) => said.attributes.push([key, value]) },
  };
  // A service that the snippet does not write down itself stands outside of it.
  new Function('service', ...Object.keys(names), `{ ${text}\n }`).call({}, new FargateService(), ...Object.values(names));
  if (said.services[0] && said.services[0].props === undefined) said.services.shift();
  return said;
}

process.stdout.write(JSON.stringify(JSON.parse(fs.readFileSync(0, 'utf8')).map(run)));
