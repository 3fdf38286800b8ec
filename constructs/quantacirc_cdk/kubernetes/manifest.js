"use strict";

const { ApiObject, App, Chart, JsonPatch, YamlOutputType } = require("cdk8s");

/** For each app, or chart that is applied apart from others: its objects by what no two may have in common. */
const taken = new WeakMap();

const APPLIED_WHOLE = [YamlOutputType.FILE_PER_APP, YamlOutputType.FILE_PER_RESOURCE];
const FILE_EACH = [YamlOutputType.FILE_PER_RESOURCE, YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE];

/** Returns what no two objects may have in common, and within what. */
function claims(scope, { apiVersion, kind, metadata }) {
  const { root } = scope.node;
  const chart = Chart.of(scope);
  const output = root instanceof App ? root.yamlOutputType : undefined;
  const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
  const keys = [[group, kind, metadata.namespace ?? chart.namespace ?? "", metadata.name].join("/")];
  // As cdk8s names the file: two objects of one kind and name overwrite each other, even in two namespaces.
  if (FILE_EACH.includes(output)) keys.push(`${kind}.${metadata.name}`.replace(/[^0-9a-zA-Z-_.]/g, ""));
  return { within: APPLIED_WHOLE.includes(output) ? root : chart, keys };
}

/** Throws for an object that another one would overwrite. */
function claim(scope, id, object) {
  const { within, keys } = claims(scope, object);
  const objects = taken.get(within) ?? new Map();
  const other = keys.map((key) => objects.get(key)).find((found) => found !== undefined);
  if (other !== undefined) throw new Error(`duplicate object ${JSON.stringify(other)}`);
  const part = object.metadata.labels?.["app.kubernetes.io/name"] ?? "";
  for (const key of keys) objects.set(key, { path: `${scope.node.path}/${id}`, part });
  taken.set(within, objects);
}

/** Makes a synthesis fail where an object that is no Manifest has the kind and name of another. */
function validateDuplicates(root) {
  const found = new Map();
  const problems = [];
  for (const object of root.node.findAll().filter(ApiObject.isApiObject)) {
    const { within, keys } = claims(object, { ...object, metadata: { ...object.metadata, name: object.name } });
    const objects = found.get(within) ?? new Map();
    const other = keys.map((key) => objects.get(key)).find((path) => path !== undefined);
    if (other !== undefined) problems.push(`${object.kind} "${object.name}" of ${object.node.path} is also that of ${other}`);
    for (const key of keys) objects.set(key, object.node.path);
    found.set(within, objects);
  }
  return problems;
}

/**
 * An ApiObject from the JSON text of a whole object.
 *
 * `metadata` stays cdk8s's own. The other fields are patches: cdk8s adds those as they are, while it would look for
 * tokens in every leaf of a property.
 */
class Manifest extends ApiObject {
  constructor(scope, id, text) {
    const { apiVersion, kind, metadata, ...fields } = JSON.parse(text);
    if (!taken.has(scope.node.root)) {
      taken.set(scope.node.root, new Map());
      scope.node.root.node.addValidation({ validate: () => validateDuplicates(scope.node.root) });
    }
    claim(scope, id, { apiVersion, kind, metadata });
    super(scope, id, { apiVersion, kind, metadata });
    this.addJsonPatch(...Object.entries(fields).map(([field, value]) => JsonPatch.add(`/${field}`, value)));
  }

  toJson() {
    const { toBeWritten } = this;
    this.toBeWritten = undefined;
    return toBeWritten ?? super.toJson();
  }

  /** Returns the JSON text of all that a scope holds, by kind and name; the synthesis that follows need not ask again. */
  static toBeWritten(scope) {
    const objects = {};
    for (const object of scope.node.findAll().filter(ApiObject.isApiObject)) {
      const json = object.toJson();
      objects[`${json.kind}.${json.metadata.name}`] = json;
      if (object instanceof Manifest) object.toBeWritten = json;
    }
    return JSON.stringify(objects);
  }
}

module.exports = { Manifest };
