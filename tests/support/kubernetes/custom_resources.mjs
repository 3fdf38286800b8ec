// Checks custom resources against the schemas of their projects, in two ways: the published validators for values that
// are missing or wrong, and the TypeScript types for fields that do not exist, which those validators let pass.
//
// node custom_resources.mjs NODE_MODULES < OBJECTS.json   prints a JSON list: for each object the list of its errors

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const modules = path.resolve(process.argv[2]);
const ts = createRequire(path.join(modules, "x.js"))("typescript");
const PACKAGES = {
  "argoproj.io": "argo-cd",
  "cert-manager.io": "cert-manager",
  "cilium.io": "cilium",
  "external-secrets.io": "external-secrets",
  "gateway.envoyproxy.io": "envoy-gateway",
  "gateway.networking.k8s.io": "gateway-api",
  "keda.sh": "keda",
  "kyverno.io": "kyverno",
  "monitoring.coreos.com": "prometheus-operator",
  "opentelemetry.io": "opentelemetry-operator",
  "policies.kyverno.io": "kyverno",
};

const objects = JSON.parse(readFileSync(0, "utf8"));
const errors = objects.map(() => []);
const places = objects.map(({ apiVersion, kind }, index) => {
  const [group, version] = apiVersion.split("/");
  if (!(group in PACKAGES)) {
    errors[index].push(`no schema of ${apiVersion}`);
    return null;
  }
  return `@kubernetes-models/${PACKAGES[group]}/${group}/${version}/${kind}`;
});

for (const [index, place] of places.entries()) {
  if (!place) continue;
  try {
    const { [objects[index].kind]: Model } = await import(pathToFileURL(path.join(modules, `${place}.js`)));
    new Model(objects[index]).validate();
  } catch (error) {
    errors[index].push(error.code === "ERR_MODULE_NOT_FOUND" ? `no schema ${place}` : error.message);
  }
}

const lines = objects.map((object, index) =>
  places[index]
    ? `export const o${index}: import("${places[index]}").I${object.kind} = ${JSON.stringify(object)};`
    : "",
);
const file = path.join(modules, "..", "objects.ts");
const options = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  noEmit: true,
  skipLibCheck: true,
  strict: true,
  target: ts.ScriptTarget.ES2022,
  types: [],
};
const host = ts.createCompilerHost(options);
const { getSourceFile, fileExists, readFile } = host;
const text = `${lines.join("\n")}\n`;
host.getSourceFile = (name, ...rest) =>
  name === file ? ts.createSourceFile(name, text, options.target) : getSourceFile(name, ...rest);
host.fileExists = (name) => name === file || fileExists(name);
host.readFile = (name) => (name === file ? text : readFile(name));
const program = ts.createProgram([file], options, host);
for (const found of ts.getPreEmitDiagnostics(program, program.getSourceFile(file))) {
  const { line } = found.file.getLineAndCharacterOfPosition(found.start);
  errors[line].push(ts.flattenDiagnosticMessageText(found.messageText, " "));
}
console.log(JSON.stringify(errors));
