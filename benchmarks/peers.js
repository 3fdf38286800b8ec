"use strict";

// The objects of each environment with cdk8s itself: node peers.js objects.json FOLDER

const fs = require("fs");
const { ApiObject, App, Chart, JsonPatch, YamlOutputType } = require("cdk8s");

const [, , source, out] = process.argv;
fs.rmSync(out, { recursive: true, force: true });
for (const [name, items] of Object.entries(JSON.parse(fs.readFileSync(source, "utf-8")))) {
  const app = new App({ outdir: `${out}/${name}`, yamlOutputType: YamlOutputType.FILE_PER_RESOURCE });
  const chart = new Chart(app, name);
  items.forEach(({ apiVersion, kind, metadata, ...fields }, index) => {
    const made = new ApiObject(chart, `${index}`, { apiVersion, kind, metadata });
    made.addJsonPatch(...Object.entries(fields).map(([field, value]) => JsonPatch.add(`/${field}`, value)));
  });
  app.synth();
}
