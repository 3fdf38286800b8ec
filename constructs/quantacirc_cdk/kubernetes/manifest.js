"use strict";

const { ApiObject, App, Chart, JsonPatch, YamlOutputType } = require("cdk8s");
const yaml = require("./yaml_writer.js");

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

function apiObjects(scope) {
  return scope.node.findAll().filter(ApiObject.isApiObject);
}

/** Returns what an object is written as, and keeps it for the next who asks. */
function rendered(object) {
  const { toJson } = object;
  const json = object.toJson();
  if (!object.settled) {
    object.toJson = () => {
      object.toJson = toJson;
      return json;
    };
  }
  return json;
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

  /** Returns the JSON text of all objects that a scope holds, by path, whatever class made them. */
  static objects(scope) {
    return JSON.stringify(Object.fromEntries(apiObjects(scope).map((object) => [object.node.path, rendered(object)])));
  }

  /** Returns the JSON text of one object as it is now. */
  static current(object) {
    return JSON.stringify(object.toJson());
  }

  /**
   * Adds values, by JSON pointer, to what an object is written as.
   *
   * A patch of cdk8s comes before the classes of Kubernetes' kinds write their fields, and they drop quantities in it.
   */
  static extend(object, text) {
    const before = object.toJson;
    const patches = JSON.parse(text).map(([path, value]) => JsonPatch.add(path, value));
    object.toJson = () => JsonPatch.apply(before.call(object), ...patches);
    return "";
  }

  /** Writes other data for some objects below a scope, by path. */
  static settle(scope, text) {
    const settled = JSON.parse(text);
    for (const object of apiObjects(scope)) {
      const { apiVersion, kind, metadata, ...fields } = settled[object.node.path] ?? {};
      if (kind === undefined) continue;
      const json = { apiVersion, kind, metadata, ...fields };
      object.toJson = () => json;
      object.settled = true;
    }
    return "";
  }

  /** Returns the JSON text of all that a scope holds, by kind and name; the synthesis that follows need not ask again. */
  static toBeWritten(scope) {
    const found = apiObjects(scope).map(rendered);
    return JSON.stringify(Object.fromEntries(found.map((json) => [`${json.kind}.${json.metadata.name}`, json])));
  }
}

yaml.install();

module.exports = { Manifest };
